//! The command `rfo`: errors to stderr, exit codes to the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    match rfo::run::run() {
        Ok(code) => code,
        Err(error) => {
            // It may name a file whose name would steer the terminal.
            for line in format!("rfo: {error:#}").lines() {
                eprintln!("{}", rfo::text::printable(line));
            }
            ExitCode::from(3)
        }
    }
}
