use clap::Args;
use std::str::FromStr;

/// The part of `eval` that measures distances between outlines.
#[derive(Debug, Args)]
pub(crate) struct Surface {
    /// Measure the distances between outlines, too: Hausdorff, its 95th percentile, the average
    #[arg(long)]
    pub(crate) surface: bool,
    /// Height and width of a pixel, such as 0.5,0.5: distances have their unit
    #[arg(long, requires = "surface", default_value = "1,1", value_name = "HEIGHT,WIDTH")]
    pub(crate) spacing: Spacing,
}

/// Height and width of a pixel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spacing(pub(crate) [f64; 2]);

impl FromStr for Spacing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side =
            |text: &str| text.trim().parse::<f64>().ok().filter(|side| *side > 0.0 && side.is_finite());
        let sides = text.split_once(',').and_then(|(height, width)| Some([side(height)?, side(width)?]));
        sides
            .map(Self)
            .ok_or_else(|| "height and width of a pixel, two numbers above 0 such as 0.5,0.5".to_owned())
    }
}
