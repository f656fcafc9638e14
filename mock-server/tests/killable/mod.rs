//! The program on a file, in a process of its own, which a test may kill.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The program. Dropped, it is killed (`SIGKILL`).
pub(crate) struct Program {
    child: Child,
    /// Where it listens: `http://` and an address.
    pub(crate) base: String,
}

impl Program {
    /// Starts it, with these arguments and variables more.
    pub(crate) fn start(data: &Path, arguments: &[&str], variables: &[(&str, &Path)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mock-server"));
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data).args(arguments);
        for variable in ["TESSERA_ROOT_KEY", "TESSERA_PEPPER", "TESSERA_SMTP", "TESSERA_MAIL_FROM"] {
            command.env_remove(variable);
        }
        command.envs(variables.iter().copied());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let base = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, base }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
