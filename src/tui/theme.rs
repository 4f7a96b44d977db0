//! Themes: which colour an ink has on dark and on light backgrounds, and for eyes that do not tell
//! red from green.
//!
//! The background stays the terminal's own. Nothing is said by colour alone: `look` adds weights,
//! the screens letters and shapes.

use ratatui::style::Color;

use super::look::{Colour, Ink};

/// Which colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// For dark backgrounds.
    #[default]
    Dark,
    /// For light ones.
    Light,
    /// The hues of Okabe and Ito (Color Universal Design, 2008), which all eyes tell apart; lighter or
    /// darker where they could not be read.
    ColourBlind {
        /// Whether the background is light.
        light: bool,
    },
    /// No colours.
    None,
}

/// The names a user gives to themes, in the order of help.
pub const NAMES: [&str; 4] = ["dark", "light", "colour-blind", "none"];

impl Theme {
    /// The theme of a name, in place of this one; `None` for a name that is none.
    pub fn named(self, name: &str) -> Option<Self> {
        Some(match name {
            "dark" => Self::Dark,
            "light" => Self::Light,
            "colour-blind" | "color-blind" => Self::ColourBlind {
                light: self.is_light(),
            },
            "none" => Self::None,
            _ => return None,
        })
    }

    fn is_light(self) -> bool {
        matches!(self, Self::Light | Self::ColourBlind { light: true })
    }
}

/// The colour of an ink; `None` for the terminal's own.
pub fn hue(theme: Theme, colour: Colour, ink: Ink) -> Option<Color> {
    if theme == Theme::None || matches!(ink, Ink::Plain | Ink::Strong) {
        return None;
    }
    match colour {
        Colour::None => None,
        Colour::Sixteen => sixteen(theme, ink),
        Colour::Indexed => Some(Color::Indexed(nearest(rgb(theme, ink)))),
        Colour::True => {
            let (red, green, blue) = rgb(theme, ink);
            Some(Color::Rgb(red, green, blue))
        }
    }
}

type Rgb = (u8, u8, u8);

/// Every one has a contrast of at least 4.5 (WCAG 2.1, 1.4.3) with the backgrounds it is made for.
fn rgb(theme: Theme, ink: Ink) -> Rgb {
    match (theme, ink) {
        (Theme::Light, Ink::Good) => (0, 106, 46),
        (Theme::Light, Ink::Warn) => (134, 76, 0),
        (Theme::Light, Ink::Bad) => (178, 24, 24),
        (Theme::Light, Ink::Key) => (0, 90, 140),
        (Theme::Light, Ink::Hit) => (130, 30, 120),
        (Theme::Light | Theme::ColourBlind { light: true }, _) if ink == Ink::Dim => (92, 98, 106),
        (Theme::ColourBlind { light: true }, Ink::Good) => (0, 104, 76),
        (Theme::ColourBlind { light: true }, Ink::Warn) => (128, 88, 0),
        (Theme::ColourBlind { light: true }, Ink::Bad) => (162, 44, 0),
        (Theme::ColourBlind { light: true }, Ink::Hit) => (140, 50, 104),
        (Theme::ColourBlind { light: true } | Theme::Light, _) => (0, 96, 150),
        (Theme::ColourBlind { light: false }, Ink::Good) => (0, 182, 134),
        (Theme::ColourBlind { light: false }, Ink::Warn) => (230, 159, 0),
        (Theme::ColourBlind { light: false }, Ink::Bad) => (240, 122, 50),
        (Theme::ColourBlind { light: false }, Ink::Key) => (86, 180, 233),
        (Theme::ColourBlind { light: false }, Ink::Hit) => (240, 228, 66),
        (_, Ink::Good) => (120, 180, 120),
        (_, Ink::Warn) => (222, 176, 80),
        (_, Ink::Bad) => (240, 118, 110),
        (_, Ink::Key) => (104, 180, 200),
        (_, Ink::Hit) => (240, 210, 90),
        (_, Ink::Dim | Ink::Plain | Ink::Strong) => (146, 152, 160),
    }
}

/// Of the 16 colours everyone has chosen his own: the ones that most palettes keep readable.
fn sixteen(theme: Theme, ink: Ink) -> Option<Color> {
    let blind = matches!(theme, Theme::ColourBlind { .. });
    Some(match (theme.is_light(), ink) {
        // The dark grey of the 16 is the background of some palettes.
        (_, Ink::Dim | Ink::Plain | Ink::Strong) => return None,
        // Green and yellow on white cannot be read in most palettes: the word and its weight must do.
        (true, Ink::Good) if !blind => return None,
        (true, Ink::Good | Ink::Key) => Color::Blue,
        (true, Ink::Warn | Ink::Hit) => Color::Magenta,
        (true, Ink::Bad) => Color::Red,
        (false, Ink::Good) if blind => Color::Cyan,
        (false, Ink::Bad) if blind => Color::LightMagenta,
        (false, Ink::Good) => Color::Green,
        (false, Ink::Warn | Ink::Hit) => Color::Yellow,
        (false, Ink::Bad) => Color::Red,
        (false, Ink::Key) => Color::Cyan,
    })
}

/// Levels of the 6x6x6 cube of the 256 colours.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest of the 240 colours that no palette changes: the cube and the greys (xterm's).
fn nearest(rgb: Rgb) -> u8 {
    let distance = |other: Rgb| {
        let part = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        part(rgb.0, other.0) + part(rgb.1, other.1) + part(rgb.2, other.2)
    };
    let all = 16..=255u8;
    all.min_by_key(|index| distance(indexed(*index)))
        .unwrap_or(255)
}

/// What a colour of the cube or the greys is, from 16 on.
fn indexed(index: u8) -> Rgb {
    match index.saturating_sub(16) {
        cube @ 0..216 => {
            let level = |n: u8| LEVELS[usize::from(n % 6)];
            (level(cube / 36), level(cube / 6), level(cube))
        }
        grey => {
            let level = 8 + 10 * (grey - 216);
            (level, level, level)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INKS: [Ink; 6] = [Ink::Dim, Ink::Good, Ink::Warn, Ink::Bad, Ink::Key, Ink::Hit];
    /// The darkest and the lightest background that people take for dark; then for light.
    const DARK: [Rgb; 2] = [(0, 0, 0), (40, 40, 40)];
    const LIGHT: [Rgb; 2] = [(255, 255, 255), (238, 238, 238)];
    const THEMES: [(Theme, [Rgb; 2]); 4] = [
        (Theme::Dark, DARK),
        (Theme::Light, LIGHT),
        (Theme::ColourBlind { light: false }, DARK),
        (Theme::ColourBlind { light: true }, LIGHT),
    ];

    /// Relative luminance (WCAG 2.1).
    fn luminance((red, green, blue): Rgb) -> f64 {
        let part = |value: u8| match f64::from(value) / 255.0 {
            x if x <= 0.03928 => x / 12.92,
            x => ((x + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
    }

    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((contrast((255, 255, 255), (0, 0, 0)) - 21.0).abs() < 1e-9);
        assert!((contrast((118, 118, 118), (255, 255, 255)) - 4.54).abs() < 0.01);
    }

    #[test]
    fn every_ink_can_be_read_on_the_backgrounds_of_its_theme() {
        for (theme, backgrounds) in THEMES {
            for ink in INKS {
                let exact = rgb(theme, ink);
                for (depth, shown) in [("true", exact), ("256", indexed(nearest(exact)))] {
                    for background in backgrounds {
                        let found = contrast(shown, background);
                        assert!(
                            found >= 4.5,
                            "{theme:?} {ink:?} {depth}: {shown:?} on {background:?}: {found:.2}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn good_warn_and_bad_differ_in_every_theme_and_depth() {
        for (theme, _) in THEMES {
            for colour in [Colour::Sixteen, Colour::Indexed, Colour::True] {
                let hues = [Ink::Good, Ink::Warn, Ink::Bad].map(|ink| hue(theme, colour, ink));
                assert!(
                    hues[0] != hues[1] && hues[1] != hues[2] && hues[0] != hues[2],
                    "{theme:?} {colour:?}: {hues:?}"
                );
            }
        }
    }

    #[test]
    fn without_colours_there_are_none() {
        for ink in INKS {
            assert_eq!(hue(Theme::None, Colour::True, ink), None);
            assert_eq!(hue(Theme::Dark, Colour::None, ink), None);
        }
    }

    #[test]
    fn a_colour_of_the_256_is_the_nearest() {
        assert_eq!((nearest((255, 0, 0)), nearest((128, 128, 128))), (196, 244));
        for index in 16..=255 {
            assert_eq!(indexed(nearest(indexed(index))), indexed(index));
        }
    }
}
