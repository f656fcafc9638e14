//! Seals: each entry's hash binds the entry and the hash before it, and the last is proved, in the organization's head, under a key
//! that is not in the store. Hashes are made after the entries, in their order, since no batch can both read the last hash and write
//! the next; and how many there are is proved with it, so that a log which is cut short shows it too.

use std::pin::Pin;

use crate::Directory;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::Error;
use crate::vault::{self, HASH_LENGTH, Pepper};

use super::entry::{self, Entry, SEALED};

/// How many entries are sealed at once, and how many are verified at the most.
const PART: i64 = 1000;
/// A place where no log has an entry.
const BEYOND: i64 = 1 << 52;
/// How many organizations' logs are sealed in one sweep.
const LOGS: u32 = 50;

/// How an organization's log stands, as far as it was looked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many entries there are to be.
    pub entries: i64,
    /// Up to which they are sealed.
    pub sealed: i64,
    /// The hash of that one; empty where none is.
    pub hash: String,
    /// Whether nobody else wrote up to where it is sealed.
    pub is_ours: bool,
    /// Up to which entry was looked at.
    pub verified: i64,
    /// The first that is wrong.
    pub first_fault: Option<Fault>,
}

/// What is wrong with a log, and from which entry on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The entry.
    pub seq: i64,
    /// What it is.
    pub flaw: Flaw,
}

crate::words::words! {
    /// What can be wrong with an entry.
    Flaw {
        /// It is not what was sealed.
        Edited = "edited",
        /// It is not there.
        Missing = "missing",
        /// It is not counted.
        Added = "added",
        /// It should be sealed, and its seal is missing or not ours.
        Unsealed = "unsealed",
    }
}

/// The head of an organization's log.
#[derive(Debug, Default)]
struct Head {
    count: i64,
    sealed: i64,
    hash: String,
    proof: String,
}

impl Head {
    fn select(organization: &str) -> Statement {
        let sql = "SELECT count, sealed, hash, proof FROM audit_heads WHERE organization = ?1";
        Statement::new(sql).bind(organization)
    }

    fn read(row: &mut Row) -> Result<Self, DatabaseError> {
        let (count, sealed) = (row.integer()?, row.integer()?);
        // what is sealed was there, whatever the count says
        Ok(Self { count: count.max(sealed), sealed, hash: row.text()?, proof: row.text()? })
    }

    /// What is proved of a head.
    fn claim(organization: &str, sealed: i64, hash: &str) -> String {
        format!("{organization}\0{sealed}\0{hash}")
    }

    /// Whether nobody else wrote up to where the log is sealed.
    fn is_ours(&self, directory: &Directory, organization: &str) -> bool {
        if self.sealed == 0 {
            return self.hash.is_empty() && self.proof.is_empty();
        }
        directory.vault.has_proved(&Self::claim(organization, self.sealed, &self.hash), &self.proof)
    }
}

/// What a sweep came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Whether there may be more to seal.
    pub has_more: bool,
    /// The organizations whose heads are not ours: somebody else wrote there. Nothing of theirs is sealed any more.
    pub foreign: Vec<String>,
}

/// Seals what is not sealed yet, of some organizations.
pub async fn seal_due(directory: &Directory) -> Result<Sweep, Error> {
    // at random, so that foreign ones keep nobody waiting
    let sql = "SELECT organization FROM audit_heads WHERE sealed < count ORDER BY random() LIMIT ?1";
    let due = directory.batch(vec![Statement::new(sql).bind(i64::from(LOGS))]).await?.read(Row::text)?;
    let (mut sweep, found) = (Sweep::default(), due.len());
    for organization in due {
        let report = verify(directory, &organization, BEYOND).await?;
        sweep.has_more |= report.is_ours && report.sealed + PART < report.entries;
        if !report.is_ours {
            sweep.foreign.push(organization);
        }
    }
    // where all are foreign, looking again finds the same
    sweep.has_more |= found == LOGS as usize && sweep.foreign.len() < found;
    Ok(sweep)
}

/// Proves anew some heads that were proved under the pepper before this one; how many.
pub(crate) async fn renew_proofs(directory: &Directory, previous: &Pepper, limit: i64) -> Result<usize, Error> {
    let mark = previous.mark();
    let select = Statement::new(
        "SELECT organization, count, sealed, hash, proof FROM audit_heads WHERE instr(proof, ?1) = 1 \
         ORDER BY random() LIMIT ?2",
    );
    let heads = directory
        .batch(vec![select.bind(mark).bind(limit)])
        .await?
        .read(|row| Ok((row.text()?, Head::read(row)?)))?
        .into_iter()
        .filter(|(organization, head)| head.is_ours(directory, organization));
    let statements: Vec<Statement> = heads
        .map(|(organization, head)| {
            let proof = directory.vault.prove(&Head::claim(&organization, head.sealed, &head.hash));
            Statement::new("UPDATE audit_heads SET proof = ?3 WHERE organization = ?1 AND proof = ?2")
                .bind(organization)
                .bind(head.proof)
                .bind(proof)
        })
        .collect();
    let count = statements.len();
    directory.batch(statements).await?;
    Ok(count)
}

fn select_unsealed(organization: &str) -> Statement {
    Statement::new(format!(
        "SELECT a.seq AS seq, {SEALED} AS sealed FROM audit a WHERE a.organization = ?1 \
         AND a.seq > (SELECT h.sealed FROM audit_heads h WHERE h.organization = ?1) ORDER BY a.seq LIMIT {PART}"
    ))
    .bind(organization)
}

/// The statements that seal the entries behind the head. Where another did so meanwhile, they write nothing.
fn seal(directory: &Directory, organization: &str, head: &Head, entries: &[Entry]) -> [Statement; 2] {
    let last = head.count.min(head.sealed + PART);
    let (mut hash, mut hashes) = (head.hash.clone(), String::new());
    for seq in head.sealed + 1..=last {
        // what is not there is sealed as such
        hash = vault::link(&hash, find(entries, seq).map_or("", |entry| &entry.text));
        hashes.push_str(&hash);
    }
    let insert = Statement::new(
        "INSERT INTO audit_seals (organization, first, last, hashes) SELECT ?1, ?2 + 1, ?3, ?4 \
         FROM audit_heads WHERE organization = ?1 AND sealed = ?2",
    )
    .bind(organization)
    .bind(head.sealed)
    .bind(last)
    .bind(hashes);
    let update = Statement::new(
        "UPDATE audit_heads SET sealed = ?3, hash = ?4, proof = ?5 WHERE organization = ?1 AND sealed = ?2",
    )
    .bind(organization)
    .bind(head.sealed)
    .bind(last)
    .bind(hash.as_str())
    .bind(directory.vault.prove(&Head::claim(organization, last, &hash)));
    [insert, update]
}

/// The entry of this place, of entries in order.
fn find(entries: &[Entry], seq: i64) -> Option<&Entry> {
    entries.get(entries.binary_search_by_key(&seq, |entry| entry.seq).ok()?)
}

/// Looks through an organization's log from the entry behind this one on, a thousand at the most, and then seals a thousand that
/// are not yet: unless the head is not ours, so that no seal of ours ever stands behind one that is not.
pub fn verify<'a>(
    directory: &'a Directory,
    organization: &'a str,
    after: i64,
) -> Pin<Box<dyn Future<Output = Result<Report, Error>> + Send + 'a>> {
    Box::pin(async move {
        let part = Statement::new(format!(
            "SELECT a.seq AS seq, {SEALED} AS sealed FROM audit a WHERE a.organization = ?1 AND a.seq > ?2 \
             ORDER BY a.seq LIMIT {PART} + 1"
        ));
        // the one with the hash of the entry before comes first
        let seals = Statement::new(format!(
            "SELECT first, hashes FROM audit_seals \
             WHERE organization = ?1 AND last >= ?2 AND first <= ?2 + {PART} ORDER BY last"
        ));
        let mut answers = directory
            .batch(vec![
                Head::select(organization),
                seals.bind(organization).bind(after),
                part.bind(organization).bind(after),
                select_unsealed(organization),
            ])
            .await?;
        let head = answers.read_one(Head::read)?.unwrap_or_default();
        let is_ours = head.is_ours(directory, organization);
        let (hashes, entries) =
            (Hashes(answers.read(|row| Ok((row.integer()?, row.text()?)))?), answers.read(entry::read)?);
        let first_fault =
            first_fault(&head, is_ours, after, &entries, &hashes, |previous, entry| vault::link(previous, &entry.text));
        if is_ours && head.sealed < head.count {
            let seal = seal(directory, organization, &head, &answers.read(entry::read)?);
            directory.batch(seal.into()).await?;
        }
        let verified = head.count.min(after.saturating_add(PART));
        Ok(Report { entries: head.count, sealed: head.sealed, hash: head.hash, is_ours, verified, first_fault })
    })
}

fn first_fault(
    head: &Head,
    is_ours: bool,
    after: i64,
    entries: &[Entry],
    hashes: &Hashes,
    link: impl Fn(&str, &Entry) -> String,
) -> Option<Fault> {
    let fault = |seq, flaw| Some(Fault { seq, flaw });
    let last = head.count.min(after.saturating_add(PART));
    let mut previous = if after == 0 { "" } else { hashes.get(after).unwrap_or_default() };
    for seq in after.saturating_add(1)..=last {
        let Some(entry) = find(entries, seq) else { return fault(seq, Flaw::Missing) };
        if seq <= head.sealed {
            let Some(hash) = hashes.get(seq) else { return fault(seq, Flaw::Unsealed) };
            if !vault::same(hash, &link(previous, entry)) {
                return fault(seq, Flaw::Edited);
            }
            previous = hash;
        }
    }
    if last == head.count
        && let Some(entry) = entries.iter().find(|entry| entry.seq > last)
    {
        return fault(entry.seq, Flaw::Added);
    }
    // only where the sealed part ends is there anything to compare its hash with
    let ends_here = head.sealed > after && head.sealed <= last;
    if !is_ours || (ends_here && previous != head.hash) || hashes.get(head.sealed + 1).is_some() {
        return fault(head.sealed + 1, Flaw::Unsealed);
    }
    None
}

/// The hashes of seals, in order.
struct Hashes(Vec<(i64, String)>);

impl Hashes {
    fn get(&self, seq: i64) -> Option<&str> {
        self.0.iter().find_map(|(first, hashes)| {
            let at = usize::try_from(seq.checked_sub(*first)?).ok()?.checked_mul(HASH_LENGTH)?;
            hashes.get(at..at.checked_add(HASH_LENGTH)?)
        })
    }
}
