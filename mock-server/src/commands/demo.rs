//! `mock-server demo`

use tessera_directory::demo;

use super::say;

pub(super) fn run() {
    say(format_args!("{:#}", demo::json()));
}
