//! What is chosen, and not random, of something that is made: for a host that sets up a directory whose content tests know
//! beforehand. Nobody who calls an API can choose it.

use tessera_validate::secret::Kind;

use crate::Directory;

/// The id and the secret of something to be made; what is absent is random.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The UUID, in lower case.
    pub id: Option<String>,
    /// The secret: one whose kind is that of what is made, and whose checksum holds, or nobody can present it.
    pub secret: Option<String>,
}

impl Chosen {
    pub(crate) fn id(&mut self, directory: &Directory) -> String {
        self.id.take().unwrap_or_else(|| directory.new_id())
    }

    pub(crate) fn secret(&mut self, directory: &Directory, kind: Kind) -> String {
        self.secret.take().unwrap_or_else(|| directory.new_secret(kind))
    }
}
