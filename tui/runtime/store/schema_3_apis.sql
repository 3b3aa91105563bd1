-- APIs of the gateway: which paths lead to which web actions.

create table apis (
    namespace text not null,
    base_path text not null,            -- "/hello"
    title     text not null,
    document  blob not null,            -- Swagger, as JSON
    secrets   blob not null,            -- JSON: "get /path" -> what the gateway sends as X-Require-Whisk-Auth
    primary key (namespace, base_path)
) without rowid;
