//! Child processes that do not outlive this one. Each leads a process group of its own, since npm's programs start others
//! (wrangler starts workerd), and on Ctrl-C or SIGTERM every group is stopped whole.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio, exit};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::workspace;

/// How long a group may take to stop when asked; then it is made to.
const PATIENCE: Duration = Duration::from_secs(5);

static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has a signal that ends this program stop first what it started.
pub(crate) fn stop_on_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        // Held to the end, so that nothing new is started meanwhile.
        let groups = running();
        for group in groups.iter() {
            stop(*group, || ());
        }
        exit(130);
    })
    .context("cannot handle signals")
}

/// Asks a group to stop and waits until it has; `reap` is called meanwhile, since a child that nobody waited for still
/// counts as there.
fn stop(group: Pid, mut reap: impl FnMut()) {
    let asked = Instant::now();
    let _ = killpg(group, Signal::SIGTERM);
    while killpg(group, None).is_ok() {
        if asked.elapsed() > PATIENCE {
            let _ = killpg(group, Signal::SIGKILL);
            return;
        }
        sleep(Duration::from_millis(20));
        reap();
    }
}

/// A child with all that it started. Dropped, it is stopped.
pub(crate) struct Group {
    child: Child,
    id: Pid,
}

impl Group {
    /// Starts a command. It cannot read from the terminal: nothing that a chore runs may ask a question.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let mut running = running();
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start `{}`", described(command)))?;
        let id = Pid::from_raw(child.id().cast_signed());
        running.push(id);
        Ok(Self { child, id })
    }

    /// The process that leads the group.
    pub(crate) fn id(&self) -> Pid {
        self.id
    }

    /// What it prints, if the command says that it is piped; once.
    pub(crate) fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        stop(self.id, || {
            let _ = self.child.try_wait();
        });
        let _ = self.child.wait();
        running().retain(|id| *id != self.id);
    }
}

/// Runs a command whose output the person sees.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = Group::spawn(command)?.wait()?;
    if !status.success() {
        bail!("`{}` failed ({status})", described(command));
    }
    Ok(())
}

/// Runs a command whose output is of interest only if it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result<()> {
    let path = workspace::temporary()?.join("output.log");
    let log = File::create(&path)?;
    command.stdout(log.try_clone()?).stderr(log);
    run(command).with_context(|| std::fs::read_to_string(&path).unwrap_or_default())
}

/// What a command that takes no time prints; an error if it cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{}`", described(command)))?;
    if !output.status.success() {
        bail!("`{}` failed: {}", described(command), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The command as a person would type it.
fn described(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
