//! Arguments about what the app does to the terminal: its colours, the bell, the mouse.

use clap::{Args, ValueEnum};

/// Which colours the app uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ThemeChoice {
    /// As COLORFGBG says what the background is, else dark.
    #[default]
    Auto,
    /// For dark backgrounds.
    Dark,
    /// For light ones.
    Light,
    /// Hues that all eyes tell apart (Okabe and Ito).
    #[value(alias = "color-blind")]
    ColourBlind,
}

/// What the app does to the terminal.
#[derive(Debug, Clone, Args)]
pub struct Manners {
    /// Colours of the app.
    #[arg(long, value_enum, default_value_t = ThemeChoice::Auto, value_name = "THEME")]
    pub theme: ThemeChoice,
    /// Do not ring when a new incident begins while sources are followed.
    #[arg(long)]
    pub no_bell: bool,
    /// Take the mouse: the wheel moves, a click selects.
    #[arg(long)]
    pub mouse: bool,
}
