//! Runs what answers a call, and waits for JavaScript's promises. A call goes on in the very turn in which the promise that it
//! waits for settles; `wasm-bindgen`'s own executor asks for a microtask then, and makes two closures for each wait.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use futures_channel::oneshot::{self, Sender};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Promise;
use worker::send::{IntoSendFuture as _, SendWrapper};
use worker::wasm_bindgen_futures::spawn_local;

use crate::glue;

/// Runs this until it first waits, and goes on whenever it can.
pub(crate) fn run(future: impl Future<Output = ()> + 'static) {
    let running: Running = Box::pin(future);
    Arc::new(Task(SendWrapper::new(RefCell::new(Some(running))))).run();
}

type Running = Pin<Box<dyn Future<Output = ()>>>;

/// What runs; nothing where it is done.
struct Task(SendWrapper<RefCell<Option<Running>>>);

impl Task {
    fn run(self: Arc<Self>) {
        // what runs is run by nobody else meanwhile
        let Ok(mut future) = self.0.try_borrow_mut() else { return };
        let waker = Waker::from(Arc::clone(&self));
        if let Some(running) = &mut *future
            && running.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
        {
            *future = None;
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        match WAKING.take() {
            Waking::Settled => self.run(),
            // it is in nobody's way, for what waits does not run
            Waking::GivenUp => drop(self.0.try_borrow_mut().map(|mut future| future.take())),
            // who else wakes it may have something to do yet before it can go on, and so it goes on after that
            Waking::Other => spawn_local(async { self.run() }),
        }
    }
}

/// What wakes a task.
#[derive(Default)]
enum Waking {
    /// A promise that settled: nothing else is to be done before.
    Settled,
    /// A promise that never will.
    GivenUp,
    #[default]
    Other,
}

thread_local! {
    static WAKING: Cell<Waking> = const { Cell::new(Waking::Other) };
}

/// What a promise resolves to, or the error with which it was rejected.
type Outcome = Result<JsValue, JsValue>;

/// What waits for a promise, in JavaScript's hands. Where its caller is gone, workerd drops a call's promises, and the collector
/// this with them: then the call is dropped too.
#[wasm_bindgen]
pub struct Wait(Option<Sender<Outcome>>);

#[wasm_bindgen]
impl Wait {
    /// The promise was resolved.
    pub fn resolve(mut self, value: JsValue) {
        self.end(Ok(value));
    }

    /// The promise was rejected.
    pub fn reject(mut self, error: JsValue) {
        self.end(Err(error));
    }

    fn end(&mut self, outcome: Outcome) {
        let Some(sender) = self.0.take() else { return };
        WAKING.set(Waking::Settled);
        // who waited may be gone
        let _ = sender.send(outcome);
        // not every waker asks, and it holds for this one alone
        WAKING.take();
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let Some(sender) = self.0.take() else { return };
        WAKING.set(Waking::GivenUp);
        drop(sender);
        WAKING.take();
    }
}

/// Waits for a promise's end. What waits does not hold the promise, which would hold it in turn.
pub(crate) fn settled(promise: Promise) -> impl Future<Output = Outcome> + Send {
    let (sender, receiver) = oneshot::channel();
    glue::wait(promise, Wait(Some(sender)));
    async { receiver.await.unwrap_or_else(|canceled| Err(canceled.to_string().into())) }.into_send()
}
