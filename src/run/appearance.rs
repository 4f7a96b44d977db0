//! What the terminal can show, as the environment and the user say.

use std::env::{var, var_os};

use super::colour;
use crate::cli::{Appearance, ThemeChoice};
use crate::tui::{Clipboard, Colour, Look, Theme};

/// Whether the terminal can do nothing but print: no screen, no colours.
pub fn is_dumb() -> bool {
    var_os("TERM").is_some_and(|term| term == "dumb")
}

/// How the screens look.
pub fn look(appearance: &Appearance, choice: ThemeChoice) -> Look {
    let is_light = || is_light(&var("COLORFGBG").unwrap_or_default());
    Look {
        colour: match colour(appearance.color, true) {
            true => depth(),
            false => Colour::None,
        },
        theme: match choice {
            ThemeChoice::Auto if is_light() => Theme::Light,
            ThemeChoice::Auto | ThemeChoice::Dark => Theme::Dark,
            ThemeChoice::Light => Theme::Light,
            ThemeChoice::ColourBlind => Theme::ColourBlind { light: is_light() },
        },
        ascii: appearance.ascii || !utf8(),
    }
}

/// Whether COLORFGBG (`15;0`, `0;default;15`) says that the background is light: one of the light
/// ones of the 16, as vim reads it.
fn is_light(colorfgbg: &str) -> bool {
    let background = colorfgbg.rsplit(';').next().unwrap_or_default();
    matches!(background.parse(), Ok(7 | 9..=15))
}

/// How many colours the terminal says it has.
fn depth() -> Colour {
    let term = var("TERM").unwrap_or_default();
    match var("COLORTERM").as_deref() {
        Ok("truecolor" | "24bit") => Colour::True,
        _ if term.ends_with("-direct") => Colour::True,
        _ if term.contains("256color") => Colour::Indexed,
        _ => Colour::Sixteen,
    }
}

/// How text reaches a clipboard. The console of Linux has none, and says nothing of it.
pub fn clipboard() -> Clipboard {
    let is_set = |name: &str| var_os(name).is_some_and(|value| !value.is_empty());
    match var("TERM").as_deref() {
        Ok("linux" | "dumb" | "") | Err(_) => Clipboard::File,
        _ if is_set("TMUX") => Clipboard::Tmux,
        _ => Clipboard::Terminal,
    }
}

/// Whether the locale says UTF-8; without a locale it is assumed.
fn utf8() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| var(name).ok().filter(|value| !value.is_empty()));
    set.is_none_or(|value| {
        value.to_uppercase().contains("UTF-8") || value.to_uppercase().contains("UTF8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_of_colorfgbg_is_the_background() {
        for light in ["0;15", "0;default;15", "0;7", "0;11"] {
            assert!(is_light(light), "{light}");
        }
        for dark in ["15;0", "7;8", "", "default", "15;default", "0;6"] {
            assert!(!is_light(dark), "{dark}");
        }
    }
}
