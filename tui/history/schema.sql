-- What this user has seen of one account. Times are milliseconds since the epoch. An activation id is kept as its
-- 16 bytes; one that is not 32 hexadecimal digits as text.

create table names (
  name_id integer primary key,
  name text not null,            -- name or package/name
  is_trigger integer not null,
  unique (name, is_trigger)
);

create table activations (
  serial integer primary key,
  id not null unique,
  start_ms integer not null,
  end_ms integer,
  duration_ms integer,
  name_id integer not null,
  version text not null,
  state integer not null,        -- place in STATES of rows.py
  init_ms integer,               -- of a cold start; null for a warm one
  late_ms integer,               -- how long after its end it was listed, where that was late
  document blob not null         -- the record as it came: see documents.py
);
create index activations_by_start on activations (start_ms);
create index activations_by_name on activations (name_id, start_ms);
create index failures_by_start on activations (start_ms) where state > 1;
create index failures_by_name on activations (name_id, start_ms) where state > 1;
create index firings_by_start on activations (start_ms) where state = 0;

create table totals (records integer not null);
insert into totals values (0);

create table rollups (
  name_id integer not null,
  minute integer not null,       -- of the start, since the epoch
  version text not null,
  runs integer not null,
  failures integer not null,
  cold integer not null,
  duration_ms integer not null,  -- the sum
  primary key (name_id, minute, version)
) without rowid;
create index rollups_by_minute on rollups (minute);

create table links (
  child not null,
  parent not null,
  place integer,                 -- among its siblings; null where only the child tells of the link
  rule text,                     -- null below a sequence
  primary key (child, parent)
) without rowid;
create index links_by_parent on links (parent, place);

create table in_flight (
  id primary key,
  body text not null,            -- RunningActivation as JSON
  started_by text not null,
  noted_ms integer not null
) without rowid;

create table coverage (
  since_ms integer primary key,
  upto_ms integer not null
);
