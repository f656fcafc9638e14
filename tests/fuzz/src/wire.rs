//! The bytes of a connection.

use std::convert::Infallible;

use tessera_mock::fuzzing;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tower::service_fn;

use crate::world::World;

/// The largest answer that is waited for; more is read as it comes.
const ROOM: usize = 1 << 20;

/// Mends a connection's bytes, in whatever pieces they come, and has them answered.
pub(crate) fn request_line(input: &[u8]) {
    let mended = fuzzing::mend([input]);
    for size in [1, 2, 3, 7, 64] {
        assert!(fuzzing::mend(input.chunks(size)) == mended, "in pieces of {size} it is mended otherwise");
    }
    assert!(fuzzing::mend([&*mended]) == mended, "what is mended is mended again");
    World::with(|world| answer(world, input));
}

/// Serves a connection on which a client sends all of this, and then no more.
fn answer(world: &World, input: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
    let router = world.router().clone();
    let service = service_fn(move |request| {
        let router = router.clone();
        async move {
            let response = router.answer(request).await;
            assert!(!response.status().is_server_error(), "the server failed: {response:?}");
            Ok::<_, Infallible>(response)
        }
    });
    let (mut client, server) = duplex(ROOM.max(input.len()));
    runtime.block_on(async {
        let asking = async {
            // the server may have closed it by then
            let _ = client.write_all(input).await;
            let _ = client.shutdown().await;
            let mut answers = Vec::new();
            let _ = client.read_to_end(&mut answers).await;
            answers
        };
        let (answers, ()) = tokio::join!(asking, fuzzing::serve(server, service));
        assert!(answers.is_empty() || answers.starts_with(b"HTTP/1."), "what is answered is no HTTP: {answers:?}");
    });
}
