-- The runtime's data, first version. A later version is a file of its own, run after this one.

create table snapshots (
    -- One revision of one entity. Accepted work refers to the revision it was accepted with, so a revision outlives
    -- its entity until no work needs it.
    snapshot_id integer primary key autoincrement,
    retired     integer not null default 0,
    document    blob    not null
);
create index snapshots_retired on snapshots (snapshot_id) where retired;

create table entities (
    key         text    primary key,    -- ns/name or ns/package/name: one key space for all collections
    collection  text    not null,
    namespace   text    not null,
    package     text,
    name        text    not null,
    updated_ms  integer not null,
    snapshot_id integer not null,
    summary     blob    not null        -- the element of a list, as JSON
) without rowid;
create index entities_listed on entities (namespace, collection, updated_ms, key);

create table streams (
    -- What `?name=` selects: the activations of one name in one namespace.
    stream_id integer primary key,
    namespace text not null,
    name      text not null,            -- name or package/name
    unique (namespace, name)
);

create table origins (
    -- The part that all records of one revision share, as JSON fragments.
    origin_id   integer primary key,
    identity    blob not null,
    subject     blob not null,
    annotations blob not null,
    unique (identity, subject, annotations)
);

create table activations (
    row           integer primary key,
    activation_id blob    not null,     -- 16 bytes: see ids.py
    namespace     integer not null,     -- the stream_id of the namespace's stream ""
    stream_id     integer not null,
    origin_id     integer not null,
    start_ms      integer not null,
    elapsed_ms    integer,              -- end - start; null for a trigger, which has no end
    duration_ms   integer,              -- where it is not the elapsed time: sequences
    status_code   integer not null,
    cause         blob,
    wait_ms       integer,
    init_ms       integer,
    timed_out     integer,
    size_bytes    integer,
    extra         blob,                 -- further annotations, as JSON fragments
    result        blob,
    logs          blob                  -- null for []
);
create unique index activations_id on activations (activation_id);
create index activations_listed on activations (namespace, start_ms);
create index activations_of_stream on activations (stream_id, start_ms);

create table queue (
    -- Accepted work without a record yet.
    row            integer primary key,
    activation_id  blob    not null unique,
    state          integer not null,    -- 0 queued, 1 started: in a worker's hands
    accepted_ms    real    not null,
    snapshot_id    integer not null,
    subject        text    not null,
    namespace      text    not null,
    transaction_id text    not null,
    arguments      blob    not null,
    context        blob    not null,    -- JSON: what the revision alone does not tell
    trigger_id     blob,
    cause          blob
);
create index queue_snapshots on queue (snapshot_id);
