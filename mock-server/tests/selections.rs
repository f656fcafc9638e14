//! A selection gives the same rows, in the same order, whether the store carries it out or memory does; and users have the
//! numbers by which it has them in order.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering as Atomic};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use tessera_directory::api_access::{self, ApiAccess, Change, NewApiAccess};
use tessera_directory::document::Shape;
use tessera_directory::filter::{Filter, Order, Pattern, Selection, Test};
use tessera_directory::member::{self, Draft, Member};
use tessera_directory::organization::{self, NewAdmin, Settings};
use tessera_directory::ports::{
    Clock, DerivationError, Entropy, KeyDerivation, Limits, Message, NoCache, NoMailer, Outbound, OutboundError,
};
use tessera_directory::user::{self, AuthProvider, NewProfiled, NewUser, Profile, Removal, Role, State, User};
use tessera_directory::{Directory, Ports, Timestamp, end_user, onboarding, roster};
use tessera_mock::Sqlite;

/// Some milliseconds more at each look.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_timestamp_millis(self.0.fetch_add(617, Atomic::SeqCst)).unwrap_or_default()
    }
}

/// Numbers that never come again.
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        let next = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Atomic::SeqCst).to_be_bytes();
        for (into, byte) in buffer.iter_mut().zip(next.into_iter().cycle()) {
            *into = byte;
        }
    }
}

struct Nobody;

#[async_trait]
impl KeyDerivation for Nobody {
    async fn pbkdf2(&self, _: &str, _: &[u8], _: u32) -> Result<[u8; 32], DerivationError> {
        Err(DerivationError("nobody has a password here".into()))
    }
}

#[async_trait]
impl Outbound for Nobody {
    fn is_development(&self) -> bool {
        true
    }

    async fn post(&self, _: Message, _: Duration) -> Result<u16, OutboundError> {
        Err(OutboundError::Private)
    }
}

static DIRECTORY: LazyLock<Directory> = LazyLock::new(|| {
    #[expect(clippy::unwrap_used, reason = "a store in memory opens, or nothing can be tested")]
    let database = Sqlite::open(None).unwrap();
    let ports = Ports {
        database: Arc::new(database),
        clock: Arc::new(Ticking(AtomicI64::new(1_780_272_000_000))),
        entropy: Arc::new(Counting(AtomicU64::new(1))),
        derivation: Arc::new(Nobody),
        outbound: Arc::new(Nobody),
        mailer: Arc::new(NoMailer),
        limits: Limits::default(),
        cache: Arc::new(NoCache),
    };
    Directory::new(ports, "root", "pepper")
});

/// Few letters, so that much is alike: of either case, some outside ASCII, and what SQL or a pattern might mistake.
const TEXT: &str = "[abAB*%_' éÉ]{0,5}";

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        Just(Order::Equal),
        Just(Order::Less),
        Just(Order::LessOrEqual),
        Just(Order::Greater),
        Just(Order::GreaterOrEqual)
    ]
}

fn text_test() -> impl Strategy<Value = Test> {
    let part = "[abAB*é]{0,2}";
    prop_oneof![
        1 => Just(Test::Null),
        3 => (order(), TEXT).prop_map(|(order, text)| Test::Text(order, text)),
        4 => (part, vec(part, 0..3), part).prop_map(|(first, middle, last)| Test::Like(Pattern::new(&first, &middle, &last))),
    ]
}

fn number_test(near: i64) -> impl Strategy<Value = Test> {
    let number = move || prop_oneof![8 => near - 3..near + 12, 1 => any::<i64>()];
    prop_oneof![
        1 => Just(Test::Null),
        4 => (order(), number()).prop_map(|(order, number)| Test::Number(order, number)),
        1 => vec(number(), 0..4).prop_map(Test::Among),
    ]
}

fn time_test() -> impl Strategy<Value = Test> {
    (order(), 1_780_272_000_000_i64..1_780_272_090_000).prop_map(|(order, time)| Test::Number(order, time))
}

fn selection<F: Copy + std::fmt::Debug + 'static>(
    test: BoxedStrategy<Filter<F>>,
    fields: Vec<F>,
) -> impl Strategy<Value = Selection<F>> {
    let filter = test.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Filter::All),
            vec(inner.clone(), 0..4).prop_map(Filter::Any),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    });
    let order = vec((proptest::sample::select(fields), any::<bool>()), 0..3);
    (filter, order, 1..6_u32, 0..4_u64).prop_map(|(filter, order, limit, offset)| Selection {
        filter,
        order,
        limit,
        offset,
    })
}

fn whole<F>() -> Selection<F> {
    Selection { filter: Filter::All(Vec::new()), order: Vec::new(), limit: 10_000, offset: 0 }
}

fn keys() -> impl Strategy<Value = Selection<api_access::Attribute>> {
    use api_access::Attribute::{
        ClientId, CreatedAt, ExpiresAt, IsValid, Name, Number, UpdatedAt, Version, WorkspaceRoles,
    };
    let test = prop_oneof![
        (prop_oneof![4 => Just(Name), 1 => Just(ClientId)], text_test())
            .prop_map(|(field, test)| Filter::Is(field, test)),
        number_test(1003).prop_map(|test| Filter::Is(Number, test)),
        number_test(1).prop_map(|test| Filter::Is(Version, test)),
        any::<bool>().prop_map(|truth| Filter::Is(IsValid, Test::Boolean(truth))),
        vec(1009..1014_i64, 0..3).prop_map(|ids| Filter::Is(WorkspaceRoles, Test::Among(ids))),
        Just(Filter::Is(WorkspaceRoles, Test::Null)),
        (prop_oneof![Just(CreatedAt), Just(UpdatedAt), Just(ExpiresAt)], time_test())
            .prop_map(|(field, test)| Filter::Is(field, test)),
        Just(Filter::Is(ExpiresAt, Test::Null)),
    ];
    let fields = vec![Number, Name, ClientId, IsValid, WorkspaceRoles, Version, ExpiresAt, CreatedAt, UpdatedAt];
    selection(test.boxed(), fields)
}

fn users() -> impl Strategy<Value = Selection<roster::Attribute>> {
    use roster::Attribute::{CreatedAt, Email, FirstName, FullName, LastName, Name, Number, UpdatedAt};
    let texts = proptest::sample::select(vec![Name, Email, FirstName, LastName, FullName]);
    let test = prop_oneof![
        4 => (texts, text_test()).prop_map(|(field, test)| Filter::Is(field, test)),
        1 => number_test(1001).prop_map(|test| Filter::Is(Number, test)),
        1 => time_test().prop_map(|test| Filter::Is(CreatedAt, test)),
    ];
    selection(test.boxed(), vec![Number, Name, Email, FirstName, LastName, FullName, CreatedAt, UpdatedAt])
}

type NewKey = (String, Vec<i64>, Option<i64>, bool);

async fn compare_keys(rows: Vec<NewKey>, selections: Vec<Selection<api_access::Attribute>>) -> TestCaseResult {
    let directory = &*DIRECTORY;
    let failed = |error: &dyn std::fmt::Debug| TestCaseError::fail(format!("{error:?}"));
    let (organization, _) =
        organization::create(directory, Settings::new("Keys".into()), None).await.map_err(|error| failed(&error))?;
    for (name, workspace_roles, end, revoked) in rows {
        let expires_at = end.and_then(Timestamp::from_timestamp_millis);
        let new = NewApiAccess { name, client_id: None, secret: "Abcdefghi1".into(), workspace_roles, expires_at };
        let made = api_access::create(directory, &organization, vec![new]).await.map_err(|error| failed(&error))?;
        if let Some(made) = made.into_iter().next().filter(|_| revoked) {
            let change = Change { is_valid: Some(false), ..Change::default() };
            api_access::update(directory, &organization, made, &change).await.map_err(|error| failed(&error))?;
        }
    }
    let all = api_access::list(directory, &organization, &whole()).await.map_err(|error| failed(&error))?;
    let all = all.map(|selected| selected.items).unwrap_or_default();
    for selection in selections {
        let stored = api_access::list(directory, &organization, &selection).await.map_err(|error| failed(&error))?;
        let in_memory = selection.apply(all.clone(), &|key: &ApiAccess, field| key.value(field));
        prop_assert_eq!(stored, Some(in_memory), "{:?} of {:?}", selection, all);
    }
    Ok(())
}

type Person = (Option<String>, Option<String>, bool);

async fn compare_users(rows: Vec<Person>, selections: Vec<Selection<roster::Attribute>>) -> TestCaseResult {
    let directory = &*DIRECTORY;
    let failed = |error: &dyn std::fmt::Debug| TestCaseError::fail(format!("{error:?}"));
    let (organization, _) =
        organization::create(directory, Settings::new("Users".into()), None).await.map_err(|error| failed(&error))?;
    for (at, (first_name, last_name, has_email)) in rows.into_iter().enumerate() {
        let email = has_email.then(|| format!("{}{at}@b.test", if at % 2 == 0 { "A" } else { "a" }));
        let new =
            NewUser { email, login: None, first_name, last_name, role: Role::Member, password: None, seat: false };
        user::create(directory, &organization, new).await.map_err(|error| failed(&error))?;
    }
    let all = roster::list(directory, &organization, &whole()).await.map_err(|error| failed(&error))?;
    let all = all.map(|selected| selected.items).unwrap_or_default();
    for selection in selections {
        let stored = roster::list(directory, &organization, &selection).await.map_err(|error| failed(&error))?;
        let in_memory = selection.apply(all.clone(), &|user: &User, field| user.value(field));
        prop_assert_eq!(stored, Some(in_memory), "{:?} of {:?}", selection, all);
    }
    Ok(())
}

fn draft(name: &str) -> Draft {
    let email = format!("{name}@b.test");
    let (first_name, last_name) = (String::new(), String::new());
    Draft { member: Member { login: name.into(), email, first_name, last_name, groups: Vec::new() }, password: None }
}

fn profiled(email: &str) -> NewProfiled {
    let profile = Profile {
        auth_provider: AuthProvider::Local,
        auth_id: String::new(),
        state: State::Active,
        enabled: true,
        invite_accepted: true,
        welcome: false,
        company: String::new(),
        phone: None,
        address: "{}".into(),
        labels: "[]".into(),
        created_by: String::new(),
    };
    NewProfiled { email: email.into(), first_name: String::new(), last_name: String::new(), profile }
}

#[tokio::test]
async fn numbers_count_on_whichever_way_a_user_is_made() {
    let directory = &*DIRECTORY;
    let admin = NewAdmin { email: "admin@b.test".into(), password: None };
    let settings = Settings { seats: 3, ..Settings::new("Numbers".into()) };
    let (organization, _) = organization::create(directory, settings, Some(admin)).await.unwrap();
    let new = |name: &str, seat| NewUser {
        email: Some(format!("{name}@b.test")),
        login: None,
        first_name: None,
        last_name: None,
        role: Role::Member,
        password: None,
        seat,
    };
    let shape = Shape::Column(user::columns::ID);
    let plain = user::create(directory, &organization, new("plain", false)).await.unwrap();
    let seated = user::create(directory, &organization, new("seated", true)).await.unwrap();
    user::create_profiled(directory, &organization, profiled("profiled@b.test"), &shape).await.unwrap();
    end_user::create(directory, &organization, "end-user", None).await.unwrap();
    let added = member::add(directory, &organization, vec![draft("a"), draft("plain"), draft("b")]).await.unwrap();
    assert_eq!(added.len(), 2, "one is there already");
    let onboarded = ["c@b.test", "plain@b.test", "d@b.test", "late@b.test"].map(str::to_owned);
    let onboarded = onboarding::onboard(directory, &organization, &onboarded).await.unwrap();
    assert_eq!(onboarded.accepted.len(), 2, "one is there already, and for one there is no seat");
    // whoever is refused takes no number, and whoever leaves takes it along
    assert!(user::create(directory, &organization, new("late", true)).await.is_err());
    assert!(user::create(directory, &organization, new("plain", false)).await.is_err());
    let last = user::create(directory, &organization, new("last", false)).await.unwrap();
    for gone in [&plain, &seated, &last] {
        user::delete(directory, &organization, &gone.id, Removal::WithAll).await.unwrap();
    }
    let next = user::create(directory, &organization, new("next", false)).await.unwrap();
    assert_eq!((plain.number, seated.number, last.number, next.number), (1002, 1003, 1010, 1011));
    let listed = roster::list(directory, &organization, &whole()).await.unwrap().unwrap();
    let logins: Vec<(i64, &str)> = listed.items.iter().map(|user| (user.number, user.login.as_str())).collect();
    let expected = [
        (1001, "admin@b.test"),
        (1004, "profiled@b.test"),
        (1005, "end-user"),
        (1006, "a"),
        (1007, "b"),
        (1008, "c@b.test"),
        (1009, "d@b.test"),
        (1011, "next@b.test"),
    ];
    assert_eq!(logins, expected);
}

fn run(test: impl Future<Output = TestCaseResult>) -> TestCaseResult {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.map_err(|error| TestCaseError::fail(error.to_string()))?.block_on(test)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_keys(
        rows in vec((TEXT, proptest::sample::subsequence(vec![1009_i64, 1010, 1011, 1012], 0..4),
            option::of(1_780_272_000_000_i64..1_780_272_090_000), any::<bool>()), 0..8),
        selections in vec(keys(), 20),
    ) {
        run(compare_keys(rows, selections))?;
    }

    #[test]
    fn of_users(
        rows in vec((option::of(TEXT), option::of(TEXT), any::<bool>()), 0..8),
        selections in vec(users(), 20),
    ) {
        run(compare_users(rows, selections))?;
    }
}
