//! The command `rfo`: errors to stderr, exit codes to the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    match rfo::run::run() {
        Ok(code) => code,
        Err(error) => {
            rfo::run::tell(&format!("{error:#}"));
            ExitCode::from(3)
        }
    }
}
