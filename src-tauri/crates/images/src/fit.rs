//! How big a picture is sent, and what it costs.
//!
//! A picture is scaled exactly as far as the provider would scale it, so that nothing is sent only to
//! be thrown away there, and what the person is shown is what the model sees.

use serde::Deserialize;
use serde::Serialize;

/// How a model measures a picture: how big it may be before the provider scales it down, and what
/// it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Measure {
    /// In patches of 32 by 32 pixels.
    Patches {
        /// The most patches it looks at.
        most: u32,
        /// Tokens for a hundred patches.
        tokens_per_hundred: u32,
    },
    /// In tiles of 512 by 512 pixels, after the shorter side was brought down to 768.
    Tiles {
        /// Tokens for any picture.
        base: u32,
        /// Tokens for each tile.
        tile: u32,
    },
}

/// Providers bring the longer side down to this, in pixels.
const LONGEST: u32 = 2_048;
/// The side of a patch, in pixels.
const PATCH: u32 = 32;
/// The side of a tile, in pixels.
const TILE: u32 = 512;
/// What the shorter side is brought down to before a picture is cut into tiles.
const SHORTEST: u32 = 768;

/// The size at which a model with this measure sees a picture of this size. Never bigger.
pub(super) fn target(size: (u32, u32), measure: Measure) -> (u32, u32) {
    let (width, height) = inside(size, LONGEST);
    match measure {
        Measure::Patches { most, .. } if patches((width, height)) > u64::from(most) => {
            let (w, h) = (f64::from(width), f64::from(height));
            let area = f64::from(most) * f64::from(PATCH * PATCH);
            let scale = (area / (w * h)).sqrt();
            let across = |side: f64| side * scale / f64::from(PATCH);
            // Whole patches on one side, and no more than whole ones on the other.
            let whole = |side: f64| across(side).floor().max(1.0) / across(side);
            scaled((width, height), scale * whole(w).min(whole(h)))
        }
        Measure::Patches { .. } => (width, height),
        Measure::Tiles { .. } => {
            let shorter = width.min(height);
            let scale = f64::from(SHORTEST) / f64::from(shorter.max(1));
            scaled((width, height), scale.min(1.0))
        }
    }
}

/// The size scaled down, if need be, so that neither side is longer than `longest`.
pub(super) fn inside((width, height): (u32, u32), longest: u32) -> (u32, u32) {
    let scale = f64::from(longest) / f64::from(width.max(height).max(1));
    scaled((width, height), scale.min(1.0))
}

/// What a picture of this size costs, estimated, in tokens.
pub fn tokens(size: (u32, u32), measure: Measure) -> u64 {
    match measure {
        Measure::Patches {
            tokens_per_hundred, ..
        } => (patches(size) * u64::from(tokens_per_hundred)).div_ceil(100),
        Measure::Tiles { base, tile } => {
            let (width, height) = target(size, measure);
            let tiles = u64::from(width.div_ceil(TILE)) * u64::from(height.div_ceil(TILE));
            u64::from(base) + tiles * u64::from(tile)
        }
    }
}

fn patches((width, height): (u32, u32)) -> u64 {
    u64::from(width.div_ceil(PATCH)) * u64::from(height.div_ceil(PATCH))
}

fn scaled((width, height): (u32, u32), scale: f64) -> (u32, u32) {
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).clamp(1, length.max(1));
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATCHES: Measure = Measure::Patches {
        most: 2_500,
        tokens_per_hundred: 120,
    };
    const TILES: Measure = Measure::Tiles {
        base: 70,
        tile: 140,
    };

    #[test]
    fn sizes_and_costs_are_those_of_the_provider() {
        let check = |size, measure, sent, cost| {
            let target = target(size, measure);
            assert_eq!((target, tokens(target, measure)), (sent, cost), "{size:?}");
        };
        check((1024, 1024), PATCHES, (1024, 1024), 1_229);
        check((2048, 768), PATCHES, (2048, 768), 1_844);
        check((1920, 1080), PATCHES, (1920, 1080), 2_448);
        check((3840, 2160), PATCHES, (2048, 1152), 2_765);
        check((3000, 3000), PATCHES, (1600, 1600), 3_000);
        check((1, 1), PATCHES, (1, 1), 2);
        check((16_384, 10), PATCHES, (2048, 1), 77);
        check((512, 512), TILES, (512, 512), 210);
        check((1920, 1080), TILES, (1365, 768), 70 + 6 * 140);
        check((4096, 4096), TILES, (768, 768), 70 + 4 * 140);
        check((1, 1), TILES, (1, 1), 210);
    }

    proptest! {
        #[test]
        fn no_picture_is_scaled_up_or_past_the_budget(
            w in 1_u32..=16_384, h in 1_u32..=16_384, most in 64_u32..10_000,
        ) {
            let measure = Measure::Patches { most, tokens_per_hundred: 100 };
            let (width, height) = target((w, h), measure);
            prop_assert!(width <= w && height <= h && width > 0 && height > 0);
            prop_assert!(width <= LONGEST && height <= LONGEST);
            prop_assert!(patches((width, height)) <= u64::from(most), "{width} x {height}");
            // What has been fitted once stays as it is.
            prop_assert_eq!(target((width, height), measure), (width, height));
        }

        #[test]
        fn tiles_have_a_shorter_side_of_768_at_most(w in 1_u32..=16_384, h in 1_u32..=16_384) {
            let (width, height) = target((w, h), TILES);
            prop_assert!(width <= w && height <= h && width.min(height) <= SHORTEST);
            prop_assert!(width.max(height) <= LONGEST);
        }
    }
}
