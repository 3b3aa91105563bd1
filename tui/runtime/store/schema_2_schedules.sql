-- Second version: when triggers are fired by the clock.

create table schedules (
    trigger_key text    primary key,    -- ns/name of the trigger that is fired
    sort        text    not null,       -- alarm, interval or once: the feed that made it
    config      blob    not null,       -- JSON object: what the feed was told
    active      integer not null,
    changed_ms  integer not null,       -- when `active` was last set
    reason      text,                   -- why it is not active; null if its owner paused it, or it is
    next_ms     integer                 -- null when it will not fire again
) without rowid;
create index schedules_due on schedules (next_ms) where next_ms is not null;
