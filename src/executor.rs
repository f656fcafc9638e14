//! Runs what answers a call, and waits for JavaScript's promises. A call goes on in the very turn in which the promise that it
//! waits for settles; `wasm-bindgen`'s own executor asks for a microtask then, and makes two closures for each wait.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;
use worker::js_sys::Promise;
use worker::send::{IntoSendFuture as _, SendFuture, SendWrapper};

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
        if SETTLING.take() {
            self.run();
        } else {
            // who else wakes it may have something to do yet before it can go on, and so it goes on after that
            begin(&Promise::resolve(&JsValue::UNDEFINED), Wait::Awaited(Waker::from(self)));
        }
    }
}

/// What a promise resolves to, or the error with which it was rejected.
pub(crate) fn settled(promise: &Promise) -> SendFuture<Settled> {
    Settled(begin(promise, Wait::Asked)).into_send()
}

/// Begins to wait.
fn begin(promise: &Promise, wait: Wait) -> Rc<RefCell<Wait>> {
    let wait = Rc::new(RefCell::new(wait));
    let place = WAITS.with_borrow_mut(|waits| waits.begin(Rc::clone(&wait)));
    SETTLE.with(|settle| glue::wait(promise, place, settle));
    wait
}

/// A promise's end, to come.
pub(crate) struct Settled(Rc<RefCell<Wait>>);

impl Future for Settled {
    type Output = Result<JsValue, JsValue>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut wait = self.0.borrow_mut();
        match std::mem::replace(&mut *wait, Wait::Asked) {
            Wait::Over(outcome) => Poll::Ready(outcome),
            Wait::Asked | Wait::Awaited(_) => {
                *wait = Wait::Awaited(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

enum Wait {
    /// Nobody waits yet.
    Asked,
    Awaited(Waker),
    Over(Result<JsValue, JsValue>),
}

/// What is waited for, each at a place that JavaScript knows it by.
struct Waits {
    places: Vec<Option<Rc<RefCell<Wait>>>>,
    free: Vec<u32>,
}

thread_local! {
    /// Whether a promise wakes what waits for it, which nothing else is to be done before.
    static SETTLING: Cell<bool> = const { Cell::new(false) };
    static WAITS: RefCell<Waits> = const { RefCell::new(Waits { places: Vec::new(), free: Vec::new() }) };
    static SETTLE: Closure<dyn Fn(u32, bool, JsValue)> = Closure::new(settle);
}

impl Waits {
    fn begin(&mut self, wait: Rc<RefCell<Wait>>) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(free) = self.places.get_mut(place as usize) {
            *free = Some(wait);
        }
        place
    }

    fn end(&mut self, place: u32) -> Option<Rc<RefCell<Wait>>> {
        let wait = self.places.get_mut(place as usize)?.take()?;
        self.free.push(place);
        Some(wait)
    }
}

/// Called by JavaScript, once for each wait.
fn settle(place: u32, is_resolved: bool, value: JsValue) {
    let Some(wait) = WAITS.with_borrow_mut(|waits| waits.end(place)) else { return };
    let before = wait.replace(Wait::Over(if is_resolved { Ok(value) } else { Err(value) }));
    if let Wait::Awaited(waker) = before {
        SETTLING.set(true);
        waker.wake();
        // another executor's has not looked
        SETTLING.set(false);
    }
}
