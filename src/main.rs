//! The command `rfo`: errors to stderr, exit codes to the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    match rfo::run::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("rfo: {error:#}");
            ExitCode::from(3)
        }
    }
}
