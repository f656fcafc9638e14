//! What every space has and nobody changes: its workspaces, roles and workspace roles. Their ids count within the space, so
//! that those which the vendor prints are good in any [S]. Lines that the vendor does not print are a rule of ours [R].

use tessera_directory::Timestamp;
use tessera_directory::filter::Value;
use tessera_directory::organization::Organization;

use super::entity::Entity;
use super::query::{Condition, Targets};
use super::record::Record;

/// The space's own area: the `workspace_id` of what lives on space level [S].
pub(super) const SPACE: i64 = 1001;
/// The workspace role with which a key is the space's admin [S].
pub(super) const SPACE_ADMIN: i64 = 1009;
/// The workspaces by id and name, which is the logical name as well: the first [D], and the second [S: it is queried].
const WORKSPACES: [(i64, &str); 2] = [(1002, "default_workspace"), (1003, "second_workspace")];

/// A role and the workspace role that gives it.
struct Line {
    workspace_role: i64,
    role: i64,
    name: &'static str,
    logical_name: &'static str,
}

const fn line(workspace_role: i64, role: i64, name: &'static str, logical_name: &'static str) -> Line {
    Line { workspace_role, role, name, logical_name }
}

/// Those of the space itself, in the vendor's order.
const OF_SPACE: [Line; 4] = [
    line(SPACE_ADMIN, 1015, "Space Admin", "role.shared.space.admin"), // [S]
    line(1010, 1013, "Integration Bridge", "role.shared.space.integration.bridge"), // [D] name
    line(1011, 1014, "Integration Bridge Service", "role.shared.space.opb.service"), // [D] name
    line(1012, 1001, "Space Member", "role.shared.space.internal"),    // [R]
];

/// Those that hold in each workspace [S: eleven], after those of the space.
const OF_WORKSPACES: [Line; 11] = [
    line(1027, 1002, "CI/CD Integration", "role.workspace.ci_cd_agent.configure"), // [S]
    line(1028, 1005, "DevOps Admin", "role.workspace.devops.admin"),               // [S]
    line(1029, 1008, "Leader", "role.workspace.leader"),                           // [D] name
    line(1030, 1012, "Product Owner", "role.workspace.product.owner"),             // [R]
    line(1031, 1006, "SPM Integration", "role.workspace.spm.integration"),         // [C] name
    line(1032, 1003, "Synchronizer Admin", "role.workspace.synchronizer.admin"),   // [D] name
    line(1033, 1004, "Synchronizer Service", "role.workspace.sync.service"),       // [D] name
    line(1034, 1009, "Team Member", "role.workspace.team.member"),                 // [D] name
    line(1035, 1010, "Tester", "role.workspace.tester"),                           // [D] name
    line(1036, 1011, "Viewer", "role.workspace.viewer"),                           // [D] name
    line(1037, 1007, "Workspace Admin", "role.workspace.admin"),                   // [S]
];

/// The id of a workspace that is named by id or by logical name [D].
pub(super) fn workspace(name: &str) -> Option<i64> {
    WORKSPACES.into_iter().find(|(id, logical)| name == *logical || name == id.to_string()).map(|(id, _)| id)
}

/// Whether there is a workspace role of this id.
pub(super) fn is_workspace_role(id: i64) -> bool {
    OF_SPACE.iter().chain(&OF_WORKSPACES).any(|line| line.workspace_role == id)
}

/// Ids in ascending order, each once. There are few of them.
pub(super) fn ascending(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    ids.fold(Vec::new(), |mut ascending, id| {
        if let Err(at) = ascending.binary_search(&id) {
            ascending.insert(at, id);
        }
        ascending
    })
}

/// The fixed rows of one space.
pub(super) struct Fixed {
    made: Timestamp,
}

impl Targets for Fixed {
    fn ids_that(&self, entity: Entity, condition: &Condition) -> Vec<i64> {
        let rows = self.rows(entity, None).into_iter().filter(|row| condition.matches(&|field| row.value(field)));
        ascending(rows.filter_map(|row| row.id()))
    }
}

impl Fixed {
    pub(super) fn of(organization: &Organization) -> Self {
        Self { made: organization.created_at }
    }

    /// The rows of a kind in their default order; those of a workspace, if one is meant. A workspace role that holds in
    /// two workspaces is two rows, one for each.
    pub(super) fn rows(&self, entity: Entity, of_workspace: Option<i64>) -> Vec<Record> {
        let of_space = OF_SPACE.iter().filter(|_| of_workspace.is_none());
        match entity {
            Entity::Role => of_space.chain(&OF_WORKSPACES).map(|line| self.role(line)).collect(),
            Entity::WorkspaceRole => {
                let shared = OF_WORKSPACES.iter().flat_map(|line| {
                    let ids = WORKSPACES.into_iter().map(|(id, _)| id);
                    let ids = ids.filter(move |id| of_workspace.is_none_or(|only| only == *id));
                    ids.map(move |id| (line, Some(id)))
                });
                let rows = of_space.map(|line| (line, None)).chain(shared);
                rows.map(|(line, workspace)| self.workspace_role(line, workspace)).collect()
            }
            Entity::Workspace => WORKSPACES.into_iter().map(|(id, name)| self.workspace(id, name)).collect(),
            Entity::ApiAccess | Entity::SharedSpace | Entity::SharedspaceUser | Entity::WorkspaceUser => Vec::new(),
        }
    }

    /// The row of an id, the first if there are two.
    pub(super) fn find(&self, entity: Entity, id: i64) -> Option<Record> {
        self.rows(entity, None).into_iter().find(|row| row.id() == Some(id))
    }

    fn made(&self) -> Value {
        (self.made.timestamp() * 1000).into()
    }

    fn role(&self, line: &Line) -> Record {
        Record::new(
            Entity::Role,
            vec![
                ("id", line.role.into()),
                ("name", line.name.into()),
                ("logical_name", line.logical_name.into()),
                ("is_system", true.into()),
                ("workspace_id", SPACE.into()),
                ("version_stamp", 1.into()),
                ("creation_time", self.made()),
                ("last_modified", self.made()),
            ],
        )
    }

    fn workspace_role(&self, line: &Line, workspace: Option<i64>) -> Record {
        Record::new(
            Entity::WorkspaceRole,
            vec![
                ("id", line.workspace_role.into()),
                ("role", line.role.into()),
                ("workspace", workspace.into()),
                ("workspace_id", SPACE.into()),
                ("version_stamp", 1.into()),
                ("creation_time", self.made()),
                ("last_modified", self.made()),
            ],
        )
    }

    fn workspace(&self, id: i64, name: &'static str) -> Record {
        Record::new(
            Entity::Workspace,
            vec![
                ("id", id.into()),
                ("name", name.into()),
                ("logical_name", name.into()),
                ("workspace_id", SPACE.into()),
                ("version_stamp", 1.into()),
                ("creation_time", self.made()),
                ("last_modified", self.made()),
            ],
        )
    }
}
