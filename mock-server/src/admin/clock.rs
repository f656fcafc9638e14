//! `/__admin/clock`: the server's time.

use axum::Json;
use axum::extract::State;
use chrono::{SecondsFormat, TimeDelta};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tessera_directory::Timestamp;

use super::error::Error;
use super::input::Body;
use crate::control::Control;

/// The time, and whether it passes.
#[derive(Serialize, JsonSchema)]
pub(super) struct Clock {
    #[schemars(extend("format" = "date-time"))]
    now: String,
    frozen: bool,
}

/// A change of the clock; what is left out stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockChange {
    now: Option<Timestamp>,
    frozen: Option<bool>,
}

/// How much time is to pass: the sum of these.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Advance {
    days: i64,
    hours: i64,
    minutes: i64,
    seconds: i64,
    milliseconds: i64,
}

impl Advance {
    fn sum(&self) -> Option<TimeDelta> {
        [
            TimeDelta::try_days(self.days),
            TimeDelta::try_hours(self.hours),
            TimeDelta::try_minutes(self.minutes),
            TimeDelta::try_seconds(self.seconds),
            TimeDelta::try_milliseconds(self.milliseconds),
        ]
        .into_iter()
        .try_fold(TimeDelta::zero(), |sum, part| sum.checked_add(&part?))
    }
}

pub(super) fn written(time: Timestamp) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn clock(control: &Control) -> Json<Clock> {
    Json(Clock { now: written(control.now()), frozen: control.is_frozen() })
}

/// Tells the time.
pub(super) async fn get(State(control): State<Control>) -> Json<Clock> {
    clock(&control)
}

/// Sets the time, stops it, or lets it go on.
pub(super) async fn set(State(control): State<Control>, body: Body) -> Result<Json<Clock>, Error> {
    let change: ClockChange = body.json()?;
    if let Some(now) = change.now {
        control.set_time(now)?;
    }
    match change.frozen {
        Some(true) if !control.is_frozen() => control.freeze(),
        Some(false) if control.is_frozen() => control.resume(),
        _ => {}
    }
    // a stopped clock tells the very time that was asked for
    if let Some(now) = change.now.filter(|_| control.is_frozen()) {
        control.set_time(now)?;
    }
    Ok(clock(&control))
}

/// Has time pass.
pub(super) async fn advance(State(control): State<Control>, body: Body) -> Result<Json<Clock>, Error> {
    let by = body.json::<Advance>()?.sum().ok_or(crate::clock::OutOfTime)?;
    control.advance(by)?;
    Ok(clock(&control))
}

/// Gives the clock the system's time again.
pub(super) async fn reset(State(control): State<Control>) -> Json<Clock> {
    control.reset_time();
    clock(&control)
}
