//! What a change is about, and how the log shows it: as the native API does where that knows it, and never with a secret.

use crate::Timestamp;
use crate::database::{Statement, Value};
use crate::organization::Organization;
use crate::recent::MAX_AGE;

/// What a change is about: the one row, or the rows, that are shown as they were before and as they are after it.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    /// The UUID of the organization that is changed.
    pub(super) organization: &'a str,
    view: &'static View,
    /// SQL over the view's tables, with the parameters as `?1` and `?2`.
    condition: &'static str,
    parameters: [Value; 2],
    is_new: bool,
}

/// How the log shows a kind of thing.
#[derive(Debug)]
struct View {
    kind: &'static str,
    /// SQL: by what it is known.
    id: &'static str,
    /// SQL: the members of a JSON object.
    members: &'static str,
    /// SQL: the tables.
    from: &'static str,
}

/// The columns of an entry that whoever writes it binds.
const CONTEXT: &str = "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11";

/// SQL: a time of milliseconds as RFC 3339 has it.
macro_rules! time {
    ($column:literal) => {
        concat!("strftime('%Y-%m-%dT%H:%M:%fZ', ", $column, " / 1000.0, 'unixepoch')")
    };
}

/// SQL: a column of 0 and 1 as JSON's truth.
macro_rules! truth {
    ($column:literal) => {
        concat!("json(iif(", $column, ", 'true', 'false'))")
    };
}

const ORGANIZATION: View = View {
    kind: "organization",
    id: "o.id",
    members: concat!(
        "'id', o.id, 'number', o.number, 'slug', o.slug, 'name', o.name, 'seats', o.seats, 'type', o.type, \
         'state', o.state, 'identity_mode', o.identity_mode, 'set_password_via_api', ",
        truth!("o.set_password_via_api"),
        ", 'subscription_expires_at', ",
        time!("o.subscription_expires_at"),
        ", 'api_version', o.api_version, 'permission_scopes', json(o.permission_scopes), \
         'permissions_resource', o.permissions_resource, 'language', o.language, 'created_at', ",
        time!("o.created_at"),
        ", 'updated_at', ",
        time!("o.updated_at")
    ),
    from: "organizations o",
};

/// With what ricloud lets an organization set.
const PREFERENCES: View = View {
    kind: "organization",
    id: "o.id",
    members: concat!(
        "'id', o.id, 'name', o.name, 'publish_source_files', p.publish_source_files, \
         'storage_config', p.storage_config, 'webhook_config', p.webhook_config, 'updated_at', ",
        time!("o.updated_at")
    ),
    from: "organizations o LEFT JOIN organization_options p ON p.organization = o.number",
};

macro_rules! user {
    () => {
        concat!(
            "'id', u.id, 'email', u.email, 'login', u.login, 'first_name', u.first_name, 'last_name', u.last_name, \
             'role', u.role, 'seated_at', ",
            time!("u.seated_at"),
            ", 'created_at', ",
            time!("u.created_at"),
            ", 'updated_at', ",
            time!("u.updated_at")
        )
    };
}

const USER: View = View { kind: "user", id: "u.id", members: user!(), from: "users u" };

/// With what Astra alone tells.
const PROFILE: View = View {
    members: concat!(
        user!(),
        ", 'auth_provider', u.auth_provider, 'auth_id', u.auth_id, 'state', u.state, 'enabled', ",
        truth!("u.enabled"),
        ", 'invite_accepted', ",
        truth!("u.invite_accepted"),
        ", 'welcome', ",
        truth!("u.welcome"),
        ", 'company', u.company, 'phone', u.phone, 'address', json(u.address), 'labels', json(u.labels)"
    ),
    ..USER
};

/// With the groups, as AppOptima has a user.
const MEMBER: View = View {
    members: concat!(
        user!(),
        ", 'groups', json((SELECT json_group_array(slug) FROM (SELECT g.slug AS slug FROM group_members m \
         JOIN groups g ON g.id = m.group_id WHERE m.user = u.id ORDER BY m.place LIMIT 100)))"
    ),
    ..USER
};

/// With ricloud's key and state.
const END_USER: View = View {
    members: concat!(user!(), ", 'key', s.key, 'state', COALESCE(s.state, 'active')"),
    from: "users u LEFT JOIN user_settings s ON s.user = u.id",
    ..USER
};

/// With the newest tokens, for what changes all of them.
const TOKENS_OF_USER: View = View {
    members: concat!(
        "'id', u.id, 'email', u.email, 'login', u.login, 'tokens', json((SELECT json_group_array(json_object('id', id, \
         'expires_at', ",
        time!("expires_at"),
        ", 'revoked_at', ",
        time!("revoked_at"),
        ")) FROM (SELECT t.id AS id, t.expires_at AS expires_at, t.revoked_at AS revoked_at FROM tokens t \
         WHERE t.user = u.id ORDER BY t.seq DESC LIMIT 100)))"
    ),
    ..USER
};

const TOKEN: View = View {
    kind: "token",
    id: "t.id",
    members: concat!(
        "'id', t.id, 'user', t.user, 'name', t.name, 'labels', json(t.labels), 'expires_at', ",
        time!("t.expires_at"),
        ", 'revoked_at', ",
        time!("t.revoked_at"),
        ", 'created_at', ",
        time!("t.created_at")
    ),
    from: "tokens t JOIN users u ON u.id = t.user",
};

const KEY: View = View {
    kind: "key",
    id: "k.id",
    members: concat!(
        "'id', k.id, 'number', k.number, 'name', k.name, 'kind', k.kind, 'scopes', k.scopes, \
         'workspace_roles', k.workspace_roles, 'client_id', k.client_id, 'version', k.version, 'expires_at', ",
        time!("k.expires_at"),
        ", 'revoked_at', ",
        time!("k.revoked_at"),
        ", 'previous_secret_until', ",
        time!("k.previous_until"),
        ", 'remaining', k.remaining, 'created_at', ",
        time!("k.created_at")
    ),
    from: "keys k",
};

/// With what ricloud lets one set.
const HELD_KEY: View = View {
    members: concat!(
        "'id', k.id, 'number', k.number, 'name', k.name, 'kind', k.kind, 'scopes', k.scopes, 'deactivated_at', ",
        time!("h.deactivated_at"),
        ", 'publish_source_files', h.publish_source_files, 'storage_config', h.storage_config, \
         'webhook_config', h.webhook_config, 'created_at', ",
        time!("k.created_at")
    ),
    from: "keys k LEFT JOIN key_settings h ON h.key = k.id",
    ..KEY
};

const GROUP: View = View {
    kind: "group",
    id: "g.id",
    members: concat!(
        "'id', g.id, 'slug', g.slug, 'name', g.name, 'auth_provider', g.auth_provider, 'auth_id', g.auth_id, \
         'is_cluster_admin', ",
        truth!("g.is_cluster_admin"),
        ", 'manages_account', ",
        truth!("g.manages_account"),
        ", 'accesses_account', ",
        truth!("g.accesses_account"),
        ", 'ldap_names', json(g.ldap_names), 'sso_names', json(g.sso_names), 'access_right', json(g.access_right), \
         'labels', json(g.labels), 'created_at', ",
        time!("g.created_at"),
        ", 'updated_at', ",
        time!("g.updated_at")
    ),
    from: "groups g",
};

const ROLE_BINDING: View = View {
    kind: "role_binding",
    id: "b.id",
    members: concat!(
        "'id', b.id, 'user', b.user, 'group', b.group_id, 'role', b.role, 'constraints', json(b.constraints), \
         'labels', json(b.labels), 'created_at', ",
        time!("b.created_at"),
        ", 'updated_at', ",
        time!("b.updated_at")
    ),
    from: "role_bindings b",
};

const CREDENTIAL: View = View {
    kind: "credential",
    id: "c.id",
    members: concat!(
        "'id', c.id, 'user', c.user, 'name', c.name, 'key_type', c.key_type, 'must_change', ",
        truth!("c.must_change"),
        ", 'valid', ",
        truth!("c.valid"),
        ", 'valid_from', c.valid_from, 'valid_until', c.valid_until, 'labels', json(c.labels), 'created_at', ",
        time!("c.created_at"),
        ", 'updated_at', ",
        time!("c.updated_at")
    ),
    from: "credentials c",
};

const PASSWORD_POLICY: View = View {
    kind: "password_policy",
    id: "o.id",
    members: "'id', o.id, 'min_length', p.min_length, 'min_uppercase', p.min_uppercase, \
         'min_lowercase', p.min_lowercase, 'min_digits', p.min_digits, 'min_marks', p.min_marks",
    from: "password_policies p JOIN organizations o ON o.number = p.organization",
};

/// A landscape may be a megabyte: the log has its size.
const LANDSCAPE: View = View {
    kind: "landscape",
    id: "o.id",
    members: "'id', o.id, 'clouds', json_array_length(l.content, '$.clouds'), 'bytes', length(l.content)",
    from: "landscapes l JOIN organizations o ON o.number = l.organization",
};

const STORAGE_CONFIG: View = View {
    kind: "storage_config",
    id: "c.seq",
    members: concat!(
        "'id', c.seq, 'url', c.url, 'fits_gs', ",
        truth!("c.fits_gs"),
        ", 'fits_s3', ",
        truth!("c.fits_s3"),
        ", 'signed_urls', ",
        truth!("c.signed_urls"),
        ", 'signed_urls_expiry', c.signed_urls_expiry, 'state', c.state, 'created_at', ",
        time!("c.created_at")
    ),
    from: "storage_configs c",
};

const WEBHOOK_CONFIG: View = View {
    kind: "webhook_config",
    id: "w.seq",
    members: concat!("'id', w.seq, 'url', w.url, 'state', w.state, 'created_at', ", time!("w.created_at")),
    from: "webhook_configs w",
};

const PERMISSION: View = View {
    kind: "permission",
    id: "p.seq",
    members: concat!(
        "'id', p.seq, 'identifier', p.identifier, 'scopes', json(p.scopes), 'created_at', ",
        time!("p.created_at")
    ),
    from: "permissions p",
};

/// What is in it may be a secret, and is not shown.
const MAIL: View = View {
    kind: "mail",
    id: "b.id",
    members: concat!(
        "'id', b.id, 'to', b.recipient, 'template', b.template, 'state', b.state, 'attempts', b.attempts, 'created_at', ",
        time!("b.created_at")
    ),
    from: "outbox b",
};

const DELIVERY: View = View {
    kind: "delivery",
    id: "e.id",
    members: concat!(
        "'id', e.id, 'type', e.type, 'action', e.action, 'state', e.state, 'attempts', e.attempts, 'created_at', ",
        time!("e.created_at")
    ),
    from: "events e",
};

/// What many at once are shown as: how many, and the first hundred.
macro_rules! many {
    ($kind:literal, $members:literal, $name:literal, $table:literal) => {
        View {
            kind: $kind,
            id: "NULL",
            members: concat!(
                "'count', COUNT(*), '",
                $members,
                "', json((SELECT json_group_array(name) FROM (SELECT ",
                $name,
                " AS name FROM json_each(?2) j CROSS JOIN ",
                $table,
                " r ON r.id = j.value ORDER BY j.key LIMIT 100)))"
            ),
            from: concat!("json_each(?2) i CROSS JOIN ", $table, " n ON n.id = i.value"),
        }
    };
}

const USERS: View = many!("user", "users", "COALESCE(r.email, r.login)", "users");
const KEYS: View = many!("key", "keys", "json_object('id', r.id, 'name', r.name, 'client_id', r.client_id)", "keys");
const GROUPS: View = many!("group", "groups", "r.name", "groups");

impl<'a> Subject<'a> {
    fn of(
        organization: &'a Organization,
        view: &'static View,
        condition: &'static str,
        second: impl Into<Value>,
    ) -> Self {
        let parameters = [organization.number.into(), second.into()];
        Self { organization: &organization.id, view, condition, parameters, is_new: false }
    }

    /// What the batch makes, under an id that nothing had before.
    pub(crate) fn made(self) -> Self {
        Self { is_new: true, ..self }
    }

    pub(crate) fn organization(id: &'a str) -> Self {
        let parameters = [Value::Null, id.into()];
        Self { organization: id, view: &ORGANIZATION, condition: "o.id = ?2", parameters, is_new: false }
    }

    pub(crate) fn preferences(organization: &'a Organization) -> Self {
        Self::of(organization, &PREFERENCES, "o.number = ?1", Value::Null)
    }

    pub(crate) fn user(organization: &'a Organization, id: &str) -> Self {
        Self::of(organization, &USER, "u.organization = ?1 AND u.id = ?2", id)
    }

    pub(crate) fn profile(organization: &'a Organization, id: &str) -> Self {
        Self { view: &PROFILE, ..Self::user(organization, id) }
    }

    pub(crate) fn member(organization: &'a Organization, login: &str) -> Self {
        Self::of(organization, &MEMBER, "u.organization = ?1 AND u.login = ?2", login)
    }

    pub(crate) fn end_user(organization: &'a Organization, seq: i64) -> Self {
        Self::of(organization, &END_USER, "u.organization = ?1 AND u.seq = ?2", seq)
    }

    pub(crate) fn new_end_user(organization: &'a Organization, id: &str) -> Self {
        Self { view: &END_USER, ..Self::user(organization, id) }.made()
    }

    pub(crate) fn users(organization: &'a Organization, ids: &str) -> Self {
        Self::of(organization, &USERS, "n.organization = ?1 HAVING COUNT(*) > 0", ids).made()
    }

    pub(crate) fn tokens_of_user(organization: &'a Organization, user: &str) -> Self {
        Self { view: &TOKENS_OF_USER, ..Self::user(organization, user) }
    }

    pub(crate) fn token(organization: &'a Organization, id: &str) -> Self {
        Self::of(organization, &TOKEN, "u.organization = ?1 AND t.id = ?2", id)
    }

    pub(crate) fn key(organization: &'a Organization, id: &str) -> Self {
        Self::of(organization, &KEY, "k.organization = ?1 AND k.id = ?2", id)
    }

    pub(crate) fn numbered_key(organization: &'a Organization, number: i64) -> Self {
        Self::of(organization, &KEY, "k.organization = ?1 AND k.number = ?2", number)
    }

    pub(crate) fn held_key(organization: &'a Organization, seq: i64) -> Self {
        Self::of(organization, &HELD_KEY, "k.organization = ?1 AND k.seq = ?2", seq)
    }

    pub(crate) fn new_held_key(organization: &'a Organization, id: &str) -> Self {
        Self { view: &HELD_KEY, ..Self::key(organization, id) }.made()
    }

    pub(crate) fn keys(organization: &'a Organization, ids: &str) -> Self {
        Self::of(organization, &KEYS, "n.organization = ?1 HAVING COUNT(*) > 0", ids).made()
    }

    pub(crate) fn group(organization: &'a Organization, id: &str) -> Self {
        Self::of(organization, &GROUP, "g.organization = ?1 AND g.id = ?2", id)
    }

    pub(crate) fn group_of_slug(organization: &'a Organization, slug: &str) -> Self {
        Self::of(organization, &GROUP, "g.organization = ?1 AND g.slug = ?2", slug)
    }

    pub(crate) fn groups(organization: &'a Organization, ids: &str) -> Self {
        Self::of(organization, &GROUPS, "n.organization = ?1 HAVING COUNT(*) > 0", ids).made()
    }

    pub(crate) fn role_binding(organization: &'a Organization, id: &str) -> Self {
        Self::of(organization, &ROLE_BINDING, "b.organization = ?1 AND b.id = ?2", id)
    }

    pub(crate) fn credential(organization: &'a Organization, id: &str) -> Self {
        Self::of(organization, &CREDENTIAL, "c.organization = ?1 AND c.id = ?2", id)
    }

    pub(crate) fn password_policy(organization: &'a Organization) -> Self {
        Self::of(organization, &PASSWORD_POLICY, "p.organization = ?1", Value::Null)
    }

    pub(crate) fn landscape(organization: &'a Organization) -> Self {
        Self::of(organization, &LANDSCAPE, "l.organization = ?1", Value::Null)
    }

    pub(crate) fn storage_config(organization: &'a Organization, seq: i64) -> Self {
        Self::of(organization, &STORAGE_CONFIG, "c.organization = ?1 AND c.seq = ?2", seq)
    }

    /// The one that the batch makes, which is the organization's newest.
    pub(crate) fn new_storage_config(organization: &'a Organization) -> Self {
        let newest = "c.seq = (SELECT MAX(m.seq) FROM storage_configs m WHERE m.organization = ?1)";
        Self::of(organization, &STORAGE_CONFIG, newest, Value::Null).made()
    }

    pub(crate) fn webhook_config(organization: &'a Organization, seq: i64) -> Self {
        Self::of(organization, &WEBHOOK_CONFIG, "w.organization = ?1 AND w.seq = ?2", seq)
    }

    pub(crate) fn new_webhook_config(organization: &'a Organization, id: &str) -> Self {
        Self::of(organization, &WEBHOOK_CONFIG, "w.organization = ?1 AND w.id = ?2", id).made()
    }

    pub(crate) fn permission(organization: &'a Organization, seq: i64) -> Self {
        Self::of(organization, &PERMISSION, "p.organization = ?1 AND p.seq = ?2", seq)
    }

    /// The one that the batch makes, which is the organization's newest.
    pub(crate) fn new_permission(organization: &'a Organization) -> Self {
        let newest = "p.seq = (SELECT MAX(m.seq) FROM permissions m WHERE m.organization = ?1)";
        Self::of(organization, &PERMISSION, newest, Value::Null).made()
    }

    pub(crate) fn mail(organization: &'a Organization, id: &str) -> Self {
        Self::of(organization, &MAIL, "b.organization = ?1 AND b.id = ?2", id)
    }

    pub(crate) fn delivery(organization: &'a Organization, id: &str) -> Self {
        Self::of(organization, &DELIVERY, "e.organization = ?1 AND e.id = ?2", id)
    }

    /// The statement that tells the digests of the keys that the change may end, or make others of: as many of those in use of late as
    /// are worth it to be forgotten elsewhere. Nothing where it is about no key that was there before.
    pub(crate) fn digests(&self, now: Timestamp) -> Option<Statement> {
        let View { kind, from, .. } = self.view;
        let condition = self.condition;
        let keys = match *kind {
            _ if self.is_new => return None,
            "key" => format!("{from} WHERE {condition}"),
            "organization" => format!("keys k WHERE k.organization IN (SELECT o.number FROM {from} WHERE {condition})"),
            _ => return None,
        };
        let [first, second] = self.parameters.clone();
        // both parameters are named, whichever the condition asks for; a use is noted once in a minute
        let statement = Statement::new(format!(
            "SELECT k.digest AS digest, k.previous_digest AS previous_digest FROM {keys} \
             AND k.last_used_at > ?3 - {MAX_AGE} - 60000 AND (?1 IS NULL OR ?2 IS NULL OR 1) \
             ORDER BY k.last_used_at DESC LIMIT 20"
        ));
        Some(statement.bind(first).bind(second).bind(now))
    }

    /// The statement that notes how the subject is before the change, and how many rows were changed by then.
    pub(crate) fn note(&self) -> Option<Statement> {
        if self.is_new {
            return None;
        }
        let View { members, from, .. } = self.view;
        let [first, second] = self.parameters.clone();
        let condition = self.condition;
        // both parameters are named, whichever the condition asks for
        let statement = Statement::new(format!(
            "UPDATE audit_note SET before = (SELECT json_object({members}) FROM {from} WHERE {condition}), \
             changes = total_changes() WHERE slot = 0 AND (?1 IS NULL OR ?2 IS NULL OR 1)"
        ));
        Some(statement.bind(first).bind(second))
    }

    /// The statement that writes the entry, if the change took effect: what was to be made is there, or more rows have been
    /// changed than the one of the note. The parameters from `?4` on are not bound yet.
    pub(crate) fn entry(self, tells: bool) -> Statement {
        let returning = if tells { " RETURNING seq" } else { "" };
        let View { kind, id, members, from } = self.view;
        let condition = self.condition;
        let made = format!("SELECT {id} AS id, json_object({members}) AS after FROM {from} WHERE {condition}");
        let (target, before, from) = if self.is_new {
            ("a.id", "NULL", format!("({made}) a"))
        } else {
            let from = format!("audit_note n LEFT JOIN ({made}) a ON 1 WHERE total_changes() > n.changes + 1");
            ("COALESCE(a.id, n.before ->> 'id')", "n.before", from)
        };
        let [first, second] = self.parameters;
        Statement::new(format!(
            "INSERT INTO audit (organization, seq, at, request_id, operation, actor_kind, actor_id, actor_name, address, \
             agent, target_kind, target_id, before, after) \
             SELECT ?3, 1 + COALESCE((SELECT h.count FROM audit_heads h WHERE h.organization = ?3), 0), {CONTEXT}, '{kind}', \
             {target}, {before}, a.after FROM {from}{returning}"
        ))
        .bind(first)
        .bind(second)
        .bind(self.organization)
    }
}
