//! The page as it is seen, as a picture in pixels: the canvas itself, without a screen.

use super::{Canvas, Scene, Sheet};
use crate::raster::Raster;
use crate::theme;
use egui::{CentralPanel, Color32, ColorImage, Context, Frame, Pos2, RawInput, Rect, Theme, Vec2};

/// Pixels for one point of the drawing, where the picture does not become too large.
const SCALE: f32 = 2.0;
/// The most pixels of a side.
const MOST: f32 = 8192.0;
/// What is left free around the drawing.
const MARGIN: f64 = 40.0;

/// A PNG file of the whole page; `None` if it is empty or cannot be encoded. O(pixels).
#[must_use]
pub fn photograph(scene: &Scene<'_>) -> Option<Vec<u8>> {
    let mut sheet = Sheet::default();
    sheet.follow(scene);
    let bounds = sheet.bounds()?.grown(MARGIN);
    let size = Vec2::new((bounds.most.x - bounds.least.x) as f32, (bounds.most.y - bounds.least.y) as f32);
    let scale = SCALE.min(MOST / size.max_elem());
    let context = Context::default();
    theme::dress(&context);
    context.set_theme(Theme::Light);
    let mut canvas = Canvas::default();
    canvas.view.centre = bounds.centre();
    let mut raster = Raster::default();
    let mut last = None;
    // Names are laid out in the first frame and stay as they are in the second.
    for _ in 0..2 {
        let mut input =
            RawInput { screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)), ..RawInput::default() };
        input.viewports.entry(input.viewport_id).or_default().native_pixels_per_point = Some(scale);
        let mut output = context.run_ui(input, |ui| {
            CentralPanel::default().frame(Frame::NONE).show(ui, |ui| canvas.ui(ui, scene));
        });
        raster.take_textures(&mut output.textures_delta);
        last = Some((output.shapes, output.pixels_per_point));
    }
    let (shapes, pixels_per_point) = last?;
    let primitives = context.tessellate(shapes, pixels_per_point);
    let pixels = (size * scale).ceil();
    let picture =
        raster.paint(&primitives, [pixels.x as usize, pixels.y as usize], pixels_per_point, Color32::WHITE);
    encoded(&picture)
}

fn encoded(picture: &ColorImage) -> Option<Vec<u8>> {
    let [width, height] = picture.size.map(|side| u32::try_from(side).ok());
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width?, height?);
    encoder.set_color(png::ColorType::Rgb);
    let bytes: Vec<u8> = picture.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&bytes).ok()?;
    writer.finish().ok()?;
    Some(file)
}
