//! The entities and their fields [S, D, C]: what each field is, and when it is shown.

/// A kind of entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    Role,
    WorkspaceRole,
    ApiAccess,
    Workspace,
    SharedSpace,
    SharedspaceUser,
    WorkspaceUser,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number that is written as a text.
    Id,
    Number,
    Boolean,
    Time,
    Text,
    Reference(Entity),
    References(Entity),
}

/// When a field is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Always,
    /// Where no fields are named.
    ByDefault,
    OnRequest,
}

/// A field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) shown: Shown,
}

const fn always(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, shown: Shown::Always }
}

const fn by_default(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, shown: Shown::ByDefault }
}

const fn on_request(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, shown: Shown::OnRequest }
}

const TYPE: Field = always("type", Kind::Text);
const ID: Field = always("id", Kind::Id);
const NAME: Field = by_default("name", Kind::Text);
const LOGICAL_NAME: Field = by_default("logical_name", Kind::Text);
const WORKSPACE_ID: Field = by_default("workspace_id", Kind::Number);
const VERSION: Field = by_default("version_stamp", Kind::Number);
const MADE: Field = by_default("creation_time", Kind::Time);
const CHANGED: Field = by_default("last_modified", Kind::Time);

const ROLE: &[Field] = &[
    TYPE,
    LOGICAL_NAME,
    by_default("based_on_system", Kind::Reference(Entity::Role)),
    CHANGED,
    WORKSPACE_ID,
    ID,
    by_default("is_system", Kind::Boolean),
    NAME,
    VERSION,
    MADE,
];
const WORKSPACE_ROLE: &[Field] = &[
    TYPE,
    ID,
    by_default("role", Kind::Reference(Entity::Role)),
    by_default("workspace", Kind::Reference(Entity::Workspace)),
    WORKSPACE_ID,
    VERSION,
    MADE,
    CHANGED,
];
const API_ACCESS: &[Field] = &[
    TYPE,
    ID,
    on_request("client_id", Kind::Text),
    always("is_valid", Kind::Boolean),
    NAME,
    on_request("workspace_roles", Kind::References(Entity::WorkspaceRole)),
    on_request("expiration", Kind::Time),
    WORKSPACE_ID,
    VERSION,
    MADE,
    CHANGED,
];
const WORKSPACE: &[Field] = &[TYPE, ID, NAME, LOGICAL_NAME, WORKSPACE_ID, VERSION, MADE, CHANGED];
const SHARED_SPACE: &[Field] = &[TYPE, ID, NAME, LOGICAL_NAME, VERSION, MADE, CHANGED];
const USER: &[Field] = &[
    TYPE,
    ID,
    NAME,
    by_default("email", Kind::Text),
    by_default("first_name", Kind::Text),
    by_default("last_name", Kind::Text),
    by_default("full_name", Kind::Text),
    WORKSPACE_ID,
    VERSION,
    MADE,
    CHANGED,
];

impl Entity {
    /// What `type` says.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::WorkspaceRole => "workspace_role",
            Self::ApiAccess => "api_access",
            Self::Workspace => "workspace",
            Self::SharedSpace => "shared_space",
            Self::SharedspaceUser => "sharedspace_user",
            Self::WorkspaceUser => "workspace_user",
        }
    }

    /// The fields. A secret is none of them.
    pub(super) fn fields(self) -> &'static [Field] {
        match self {
            Self::Role => ROLE,
            Self::WorkspaceRole => WORKSPACE_ROLE,
            Self::ApiAccess => API_ACCESS,
            Self::Workspace => WORKSPACE,
            Self::SharedSpace => SHARED_SPACE,
            Self::SharedspaceUser | Self::WorkspaceUser => USER,
        }
    }

    /// The field of a name.
    pub(super) fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }
}
