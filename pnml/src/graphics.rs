//! Graphics: where things stand and how they look (ISO/IEC 15909-2, clause 7.1.3).
//!
//! The types hold what the grammar allows and nothing else, so that whatever stands in a
//! [`crate::Document`] can be written as valid PNML.

use compact_str::CompactString;

/// A point, or an offset from one. The y axis points down.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// Width and height. See [`size`] for the numbers that PNML can hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Dimension {
    /// Width.
    pub x: f64,
    /// Height.
    pub y: f64,
}

/// How a node or a page is drawn.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct NodeGraphics {
    /// The centre.
    pub position: Point,
    /// Width and height.
    pub dimension: Option<Dimension>,
    /// The inside.
    pub fill: Option<Fill>,
    /// The outline.
    pub line: Option<Line>,
}

/// How an arc is drawn.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ArcGraphics {
    /// The bend points, from source to target.
    pub bends: Vec<Point>,
    /// The line.
    pub line: Option<Line>,
}

/// How a label is drawn.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LabelGraphics {
    /// From the node's position, or from the middle of the arc.
    pub offset: Point,
    /// The background.
    pub fill: Option<Fill>,
    /// The frame.
    pub line: Option<Line>,
    /// The font.
    pub font: Option<Font>,
}

/// The inside of a node, the background of a label.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fill {
    /// A CSS colour.
    pub color: Option<CompactString>,
    /// A second CSS colour, towards which the first one changes.
    pub gradient_color: Option<CompactString>,
    /// The direction of that change.
    pub gradient_rotation: Option<GradientRotation>,
    /// The address of a picture.
    pub image: Option<CompactString>,
}

/// An outline or an arc's line.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Line {
    /// Straight or curved.
    pub shape: Option<LineShape>,
    /// A CSS colour.
    pub color: Option<CompactString>,
    /// The width. See [`size`] for the numbers that PNML can hold.
    pub width: Option<f64>,
    /// Solid, dashed or dotted.
    pub style: Option<LineStyle>,
}

/// The font of a label, in the words of CSS.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Font {
    /// Its family.
    pub family: Option<CompactString>,
    /// Its style.
    pub style: Option<CompactString>,
    /// Its weight.
    pub weight: Option<CompactString>,
    /// Its size.
    pub size: Option<CompactString>,
    /// A line under, over or through the text.
    pub decoration: Option<FontDecoration>,
    /// Where the lines of the text stand.
    pub align: Option<FontAlign>,
    /// Degrees.
    pub rotation: Option<f64>,
}

macro_rules! keywords {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// The word in the file.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            pub(crate) fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

keywords! {
    /// The direction of a gradient.
    GradientRotation {
        /// From top to bottom.
        Vertical = "vertical",
        /// From left to right.
        Horizontal = "horizontal",
        /// From corner to corner.
        Diagonal = "diagonal",
    }
}

keywords! {
    /// The course of a line.
    LineShape {
        /// Straight from point to point.
        Line = "line",
        /// A curve through the points.
        Curve = "curve",
    }
}

keywords! {
    /// The pattern of a line.
    LineStyle {
        /// Uninterrupted.
        Solid = "solid",
        /// Dashes.
        Dash = "dash",
        /// Dots.
        Dot = "dot",
    }
}

keywords! {
    /// A line beside a text.
    FontDecoration {
        /// Under it.
        Underline = "underline",
        /// Over it.
        Overline = "overline",
        /// Through it.
        LineThrough = "line-through",
    }
}

keywords! {
    /// Where the lines of a text stand.
    FontAlign {
        /// At the left.
        Left = "left",
        /// In the middle.
        Center = "center",
        /// At the right.
        Right = "right",
    }
}

/// The nearest number that PNML's type for sizes can hold, if there is one: it is greater than 0
/// and has at most four digits, at most one of them behind the point.
#[must_use]
pub fn size(value: f64) -> Option<f64> {
    let grid = if value < 1000.0 { (value * 10.0).round() / 10.0 } else { value.round() };
    (grid > 0.0 && grid <= 9999.0).then_some(grid)
}

/// The nearest number that PNML's decimals can hold in a reasonable length, if there is one.
#[must_use]
pub fn coordinate(value: f64) -> Option<f64> {
    // Adding 0 turns -0 into 0: the two are written alike.
    (value.abs() <= 1e12).then_some(value + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_four_digits_and_one_decimal() {
        let sizes = [25.0, 25.04, 999.94, 999.97, 1234.5, 9999.4, 9999.6, 0.04, 0.0, -1.0, f64::NAN];
        let expected = [
            Some(25.0),
            Some(25.0),
            Some(999.9),
            Some(1000.0),
            Some(1235.0),
            Some(9999.0),
            None,
            None,
            None,
            None,
            None,
        ];
        assert_eq!(sizes.map(size), expected);
    }
}
