//! The hold that tests have on a server: its content, its clock, its randomness, its journal, its faults and its stubs. The
//! control API under `/__admin` and [`crate::Server`] are two ways to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use parking_lot::Mutex;
use tessera_directory::database::DatabaseError;
use tessera_directory::ports::{Clock, Entropy};
use tessera_directory::{Directory, Timestamp, webhook_config};
use tokio::sync::Notify;

use crate::StartError;
use crate::clock::{OutOfTime, TestClock};
use crate::dump::{self, Dump, DumpError, TableSize};
use crate::entropy::TestEntropy;
use crate::faults::{FaultRule, Faults};
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::seed::{self, Content, Ground, Made, Seed, SeedError};
use crate::sqlite::{Image, Sqlite};
use crate::stubs::{self, Stubs};

/// The most snapshots that are kept: each is a whole directory in memory.
const MAX_SNAPSHOTS: usize = 32;

/// A running server's reins. Cheap to clone.
#[derive(Clone)]
pub struct Control(Arc<Inner>);

struct Inner {
    directory: Directory,
    database: Arc<Sqlite>,
    clock: Arc<TestClock>,
    entropy: Arc<TestEntropy>,
    journal: Journal,
    metrics: Metrics,
    faults: Faults,
    stubs: Stubs,
    snapshots: Mutex<BTreeMap<String, Snapshot>>,
    beginning: Beginning,
    /// Told when there may be something to deliver.
    deliver: Arc<Notify>,
}

/// How a server begins, and begins anew.
pub(crate) struct Beginning {
    /// Whether the demo is in the directory, where no seed's content is.
    pub(crate) demo: bool,
    /// The pepper under which it is hashed.
    pub(crate) pepper: String,
    /// The randomness that is taken where there is no seed of it.
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The seed of its randomness.
    pub(crate) random_seed: Option<u64>,
    /// The content that a seed gave it.
    pub(crate) planted: Mutex<Option<Arc<Planted>>>,
}

/// What a seed brings.
pub(crate) struct Planted {
    content: Content,
    faults: Vec<FaultRule>,
    stubs: Vec<serde_json::Map<String, serde_json::Value>>,
    /// Whether the store had room for it.
    is_in_force: bool,
}

/// The parts of which a [`Control`] takes hold.
pub(crate) struct Parts {
    pub(crate) directory: Directory,
    pub(crate) database: Arc<Sqlite>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) entropy: Arc<TestEntropy>,
    pub(crate) journal_limit: usize,
    pub(crate) beginning: Beginning,
    pub(crate) deliver: Arc<Notify>,
}

struct Snapshot {
    taken_at: Timestamp,
    image: Image,
}

/// Why the directory's content could not be changed or kept.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// There is no snapshot of this name.
    #[error("there is no snapshot {0:?}")]
    NoSnapshot(String),
    /// There are as many snapshots as are kept.
    #[error("there are {MAX_SNAPSHOTS} snapshots, which is as many as are kept: delete one first")]
    TooManySnapshots,
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(#[from] DatabaseError),
    /// The directory failed.
    #[error("the directory failed: {0}")]
    Directory(#[from] tessera_directory::error::Error),
    /// What was exported elsewhere is not taken.
    #[error("the export is not taken: {0}")]
    Dump(#[from] DumpError),
    /// The metrics could not be written.
    #[error("the metrics could not be written: {0}")]
    Metrics(#[from] std::fmt::Error),
    /// A new content could not be made.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The seed is wrong, and nothing was changed.
    #[error(transparent)]
    Seed(#[from] SeedError),
}

impl std::fmt::Debug for Control {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Control").finish_non_exhaustive()
    }
}

impl Control {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            directory: parts.directory,
            database: parts.database,
            clock: parts.clock,
            entropy: parts.entropy,
            journal: Journal::new(parts.journal_limit),
            metrics: Metrics::default(),
            faults: Faults::default(),
            stubs: Stubs::default(),
            snapshots: Mutex::default(),
            beginning: parts.beginning,
            deliver: parts.deliver,
        }))
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.0.directory
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.0.journal
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.0.faults
    }

    pub(crate) fn stubs(&self) -> &Stubs {
        &self.0.stubs
    }

    /// Told when there may be something to deliver.
    pub(crate) fn deliver(&self) -> &Arc<Notify> {
        &self.0.deliver
    }

    /// Whether the server is for development, as one with the demo is.
    pub fn is_development(&self) -> bool {
        self.0.directory.is_development()
    }

    /// The server's time.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Whether its clock is stopped.
    pub fn is_frozen(&self) -> bool {
        self.0.clock.is_frozen()
    }

    /// Stops its clock.
    pub fn freeze(&self) {
        self.0.clock.freeze();
    }

    /// Lets its clock go on, from the time that it tells.
    pub fn resume(&self) {
        self.0.clock.resume();
    }

    /// Sets its clock, which then goes on or stands as it did before.
    pub fn set_time(&self, time: Timestamp) -> Result<(), OutOfTime> {
        self.0.clock.set(time)?;
        self.0.deliver.notify_one();
        Ok(())
    }

    /// Has time pass: what expires by then is expired, what is due is delivered.
    pub fn advance(&self, by: TimeDelta) -> Result<(), OutOfTime> {
        self.0.clock.advance(by)?;
        self.0.deliver.notify_one();
        Ok(())
    }

    /// Gives its clock the system's time again, going.
    pub fn reset_time(&self) {
        self.0.clock.reset();
        self.0.deliver.notify_one();
    }

    /// The seed of its randomness, if there is one.
    pub fn seed(&self) -> Option<u64> {
        self.0.entropy.seed()
    }

    /// Begins its randomness anew: with the same seed the same calls get the same ids and secrets. Without one they are the
    /// system's again.
    pub fn set_seed(&self, seed: Option<u64>) {
        self.0.entropy.set(seed);
    }

    /// Which operations did what a request of the journal's asked for, each as its vendor and its name in
    /// `mock-server routes`.
    pub fn operations(&self) -> BTreeSet<(&'static str, &'static str)> {
        let mut operations = BTreeSet::new();
        for exchange in self.0.journal.all() {
            let succeeded = exchange.answer.as_ref().is_some_and(|answer| answer.status.is_success());
            if let Some(reached) = exchange.notes.reached.filter(|_| succeeded) {
                operations.insert((reached.dialect, reached.operation));
            }
        }
        operations
    }

    /// Puts rules of faults in the place of those there were.
    pub fn set_faults(&self, rules: Vec<FaultRule>) -> Result<(), crate::RuleError> {
        self.0.faults.replace(rules)
    }

    /// Adds a stub, a mapping in WireMock's JSON, and gives its id.
    pub fn add_stub(&self, mapping: &serde_json::Value) -> Result<String, crate::StubError> {
        self.0.stubs.add(mapping).map(|mapping| mapping.id().to_owned())
    }

    /// Adds the stubs of a document, `{"mappings": […]}` in WireMock's JSON: all or none.
    pub fn import_stubs(&self, document: &serde_json::Value) -> Result<(), crate::StubError> {
        self.0.stubs.import(document)
    }

    /// Forgets all stubs.
    pub fn remove_stubs(&self) {
        self.0.stubs.remove(|_| true);
    }

    /// Brings everything back to how the server began: the directory's content, the clock, the randomness; and forgets the
    /// journal, the faults and the stubs. Snapshots stay.
    pub async fn reset(&self) -> Result<(), ControlError> {
        self.0.entropy.set(self.0.beginning.random_seed);
        self.0.clock.reset();
        self.reset_content().await?;
        self.0.journal.reset();
        self.reset_rules();
        Ok(())
    }

    /// Brings the directory's content alone back to how the server began.
    pub async fn reset_content(&self) -> Result<(), ControlError> {
        if let Some(planted) = self.0.beginning.planted() {
            return self.put(&planted.content.image);
        }
        let fresh = Sqlite::open(None)?;
        self.0.beginning.fill(&fresh).await?;
        self.put(&fresh.image()?)
    }

    /// Puts a seed's content, faults and stubs in the place of all there are; from then on a reset brings them back.
    pub async fn plant(&self, seed: &Seed) -> Result<(), ControlError> {
        let beginning = &self.0.beginning;
        let planted = beginning.plant(seed, Arc::clone(&self.0.clock) as _).await?;
        *beginning.planted.lock() = Some(Arc::new(planted));
        self.reset_content().await?;
        self.reset_rules();
        Ok(())
    }

    /// What was made of the seed, with its secrets; nothing without one, or where the store held a directory already.
    pub fn planted(&self) -> Vec<Made> {
        let planted = self.0.beginning.planted().filter(|planted| planted.is_in_force);
        planted.map(|planted| planted.content.made.clone()).unwrap_or_default()
    }

    /// Brings faults and stubs back to how the server began.
    pub(crate) fn reset_rules(&self) {
        self.0.faults.clear();
        self.0.stubs.reset();
        if let Some(planted) = self.0.beginning.planted() {
            // they were checked with the seed
            let _ = self.0.faults.replace(planted.faults.clone());
            let _ = self.0.stubs.import(&stubs::import_of(&planted.stubs));
        }
    }

    /// Keeps the directory's content under a name, in the place of what was kept under it.
    pub fn save(&self, name: &str) -> Result<(), ControlError> {
        let mut snapshots = self.0.snapshots.lock();
        if snapshots.len() >= MAX_SNAPSHOTS && !snapshots.contains_key(name) {
            return Err(ControlError::TooManySnapshots);
        }
        let snapshot = Snapshot { taken_at: self.now(), image: self.0.database.image()? };
        snapshots.insert(name.to_owned(), snapshot);
        Ok(())
    }

    /// Brings back the content that was kept under a name.
    pub fn restore(&self, name: &str) -> Result<(), ControlError> {
        let snapshots = self.0.snapshots.lock();
        let snapshot = snapshots.get(name).ok_or_else(|| ControlError::NoSnapshot(name.to_owned()))?;
        self.put(&snapshot.image)
    }

    /// Forgets what was kept under a name.
    pub fn forget(&self, name: &str) -> Result<(), ControlError> {
        let forgotten = self.0.snapshots.lock().remove(name);
        forgotten.map(drop).ok_or_else(|| ControlError::NoSnapshot(name.to_owned()))
    }

    /// The names of the snapshots, and when each was taken.
    pub fn snapshots(&self) -> Vec<(String, Timestamp)> {
        self.0.snapshots.lock().iter().map(|(name, snapshot)| (name.clone(), snapshot.taken_at)).collect()
    }

    /// The directory's content without its secrets, to be kept in a file.
    pub fn export(&self) -> Result<Dump, ControlError> {
        Ok(self.0.database.image()?.export()?)
    }

    /// Puts what was exported in the place of the directory's content. Whoever is in both keeps the secrets of before; a webhook
    /// that is in the export alone gets a new one.
    pub fn import(&self, dump: &Dump) -> Result<(), ControlError> {
        let fresh = Sqlite::open(None)?.image()?;
        let new_secret = |id: &str| {
            let sealed = webhook_config::new_secret(&self.0.directory, id);
            sealed.map_err(|error| DumpError::Malformed(error.to_string()))
        };
        fresh.import(dump, &self.0.database.image()?, &new_secret)?;
        self.put(&fresh)
    }

    pub(crate) fn tables(&self) -> Result<Vec<TableSize>, ControlError> {
        Ok(self.0.database.tables()?)
    }

    pub(crate) fn rows(&self, table: &str, limit: u32, offset: u32) -> Result<Option<dump::Part>, ControlError> {
        Ok(self.0.database.rows(table, limit, offset)?)
    }

    fn put(&self, image: &Image) -> Result<(), ControlError> {
        self.0.database.put(image)?;
        self.0.directory.forget();
        Ok(())
    }
}

impl Beginning {
    /// Makes a seed's content, for whoever puts it in force.
    pub(crate) async fn plant(&self, seed: &Seed, clock: Arc<dyn Clock>) -> Result<Planted, ControlError> {
        let entropy = TestEntropy::of_beginning(Arc::clone(&self.entropy), self.random_seed);
        let ground = Ground { pepper: self.pepper.clone(), clock, entropy: Arc::new(entropy) };
        let content = seed::plant(seed, ground).await?;
        Ok(Planted { content, faults: seed.faults.clone(), stubs: seed.stubs.clone(), is_in_force: true })
    }

    /// Makes a seed's content, with which the store is to begin.
    pub(crate) async fn begin_with(
        &self,
        seed: &Seed,
        clock: Arc<dyn Clock>,
        store: &Sqlite,
    ) -> Result<(), ControlError> {
        let mut planted = self.plant(seed, clock).await?;
        planted.is_in_force = store.is_empty()?;
        *self.planted.lock() = Some(Arc::new(planted));
        Ok(())
    }

    fn planted(&self) -> Option<Arc<Planted>> {
        self.planted.lock().clone()
    }

    /// Fills a new store. A seed's content leaves one alone that holds a directory already, as a file does that is opened
    /// again.
    pub(crate) async fn fill(&self, store: &Sqlite) -> Result<(), DatabaseError> {
        use tessera_directory::database::Database as _;

        if let Some(planted) = self.planted() {
            if store.is_empty()? {
                store.put(&planted.content.image)?;
            }
        } else if self.demo {
            store.batch(tessera_directory::demo::statements(&self.pepper)).await?;
        }
        Ok(())
    }
}
