-- What a filter asks for beside names, states and times, without unpacking a million documents.

alter table activations add column error text;  -- the first line of what went wrong, of a failure

create table kinds (
  name_id integer not null,
  version text not null,
  kind text not null,            -- as the record's annotation says; `sequence` for one
  primary key (name_id, version, kind)
) without rowid;

-- What a filter reads of every record, in the order of the list: the records themselves need not be touched.
drop index activations_by_start;
create index activations_by_start on activations (start_ms, serial, name_id, state, duration_ms);

update activations set error = error_of(document) where state > 1;
insert or ignore into kinds (name_id, version, kind)
  select name_id, version, kind_of(document) from activations where state > 0 group by name_id, version;
