//! Pictures without a screen: what egui hands to a graphics card, painted by the processor.
//!
//! Triangles with a colour in each corner, multiplied by a texture and blended over what is there,
//! all in gamma space as egui's own painters do it. A pixel belongs to a triangle if its centre
//! does; centres on an edge belong to the triangle at its left or above. The same input gives the
//! same bytes. O(pixels covered).

use egui::epaint::{ClippedPrimitive, ImageData, Mesh, Primitive, Vertex};
use egui::{Color32, ColorImage, Pos2, Rect, TextureId, TexturesDelta};
use std::collections::BTreeMap;

/// The textures that meshes refer to, and the painting of these.
#[derive(Default)]
pub struct Raster {
    textures: BTreeMap<TextureId, ColorImage>,
}

impl Raster {
    /// Takes in what has changed of the textures, and leaves nothing of it.
    pub fn take_textures(&mut self, delta: &mut TexturesDelta) {
        let mut changed: Vec<_> = delta.set.drain().collect();
        changed.sort_by_key(|(id, _)| *id);
        for (id, parts) in changed {
            for part in parts {
                let ImageData::Color(image) = &part.image;
                match part.pos {
                    None => {
                        self.textures.insert(id, ColorImage::clone(image));
                    }
                    Some(at) => {
                        if let Some(texture) = self.textures.get_mut(&id) {
                            patch(texture, image, at);
                        }
                    }
                }
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    /// Paints these primitives on a picture of so many pixels.
    #[must_use]
    pub fn paint(
        &self,
        primitives: &[ClippedPrimitive],
        size: [usize; 2],
        pixels_per_point: f32,
        background: Color32,
    ) -> ColorImage {
        let mut picture = ColorImage::filled(size, background);
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            // Callbacks draw with a graphics card alone; the editor has none.
            if let Primitive::Mesh(mesh) = primitive
                && let Some(texture) = self.textures.get(&mesh.texture_id)
            {
                self::mesh(&mut picture, mesh, texture, *clip_rect, pixels_per_point);
            }
        }
        picture
    }
}

fn patch(texture: &mut ColorImage, part: &ColorImage, [x, y]: [usize; 2]) {
    let ([width, height], [part_width, part_height]) = (texture.size, part.size);
    if x + part_width > width || y + part_height > height {
        return;
    }
    for row in 0..part_height {
        let to = (y + row) * width + x;
        let from = row * part_width;
        texture.pixels[to..to + part_width].copy_from_slice(&part.pixels[from..from + part_width]);
    }
}

fn mesh(picture: &mut ColorImage, mesh: &Mesh, texture: &ColorImage, clip: Rect, scale: f32) {
    let [width, height] = picture.size;
    // Whole pixels, as a scissor of a graphics card has it.
    let edge = |at: f32, most: usize| (at * scale).round().clamp(0.0, most as f32) as usize;
    let clip = Clip {
        left: edge(clip.min.x, width),
        right: edge(clip.max.x, width),
        top: edge(clip.min.y, height),
        bottom: edge(clip.max.y, height),
    };
    for [a, b, c] in mesh.triangles() {
        let corner = |index: u32| Corner::of(&mesh.vertices[index as usize], scale);
        triangle(picture, [corner(a), corner(b), corner(c)], texture, &clip);
    }
}

/// The pixels that may be painted: from, and up to without.
struct Clip {
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
}

#[derive(Clone, Copy)]
struct Corner {
    at: Pos2,
    /// Red, green, blue, alpha; then the point of the texture.
    values: [f32; 6],
}

impl Corner {
    fn of(vertex: &Vertex, scale: f32) -> Self {
        let [r, g, b, a] = vertex.color.to_array().map(f32::from);
        let at = Pos2::new(vertex.pos.x * scale, vertex.pos.y * scale);
        Self { at, values: [r, g, b, a, vertex.uv.x, vertex.uv.y] }
    }
}

/// Twice the area of a triangle, with the sign of its direction.
fn area(a: Pos2, b: Pos2, c: Pos2) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

fn triangle(picture: &mut ColorImage, mut corners: [Corner; 3], texture: &ColorImage, clip: &Clip) {
    let mut twice = area(corners[0].at, corners[1].at, corners[2].at);
    if twice < 0.0 {
        corners.swap(1, 2);
        twice = -twice;
    }
    if twice.is_nan() || twice <= 0.0 {
        return;
    }
    let [a, b, c] = corners;
    let least =
        |x: f32, y: f32, z: f32, from: usize| (x.min(y).min(z) - 0.5).ceil().max(from as f32) as usize;
    let most = |x: f32, y: f32, z: f32, to: usize| {
        ((x.max(y).max(z) - 0.5).floor() + 1.0).clamp(0.0, to as f32) as usize
    };
    let columns = least(a.at.x, b.at.x, c.at.x, clip.left)..most(a.at.x, b.at.x, c.at.x, clip.right);
    let rows = least(a.at.y, b.at.y, c.at.y, clip.top)..most(a.at.y, b.at.y, c.at.y, clip.bottom);
    let edges = [(b, c), (c, a), (a, b)].map(|(from, to)| (from.at, to.at, owns(from.at, to.at)));
    let is_flat = a.values == b.values && b.values == c.values;
    let flat = shade(a.values, texture);
    for y in rows {
        for x in columns.clone() {
            let centre = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
            let mut parts = [0.0; 3];
            let mut is_inside = true;
            for (part, (from, to, is_owned)) in parts.iter_mut().zip(edges) {
                *part = area(from, to, centre);
                is_inside &= *part > 0.0 || (*part == 0.0 && is_owned);
            }
            if !is_inside {
                continue;
            }
            let color = if is_flat {
                flat
            } else {
                let [p, q, r] = parts.map(|part| part / twice);
                let mut values = [0.0; 6];
                for (index, value) in values.iter_mut().enumerate() {
                    *value = a.values[index] * p + b.values[index] * q + c.values[index] * r;
                }
                shade(values, texture)
            };
            let pixel = &mut picture.pixels[y * picture.size[0] + x];
            *pixel = over(color, *pixel);
        }
    }
}

/// Whether centres on this edge belong to the triangle, which lies to the right of it on the way.
fn owns(from: Pos2, to: Pos2) -> bool {
    to.y < from.y || (to.y == from.y && to.x > from.x)
}

/// The colour of a point: its own, multiplied by the texture's.
fn shade([r, g, b, a, u, v]: [f32; 6], texture: &ColorImage) -> [f32; 4] {
    let texel = sample(texture, u, v);
    [r * texel[0], g * texel[1], b * texel[2], a * texel[3]]
}

/// The texture at a point, from 0 to 1, between its four nearest texels.
fn sample(texture: &ColorImage, u: f32, v: f32) -> [f32; 4] {
    let [width, height] = texture.size;
    let (x, y) = (u * width as f32 - 0.5, v * height as f32 - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (right_part, bottom_part) = (x - left, y - top);
    let texel = |x: f32, y: f32| {
        let (x, y) = (x.clamp(0.0, width as f32 - 1.0) as usize, y.clamp(0.0, height as f32 - 1.0) as usize);
        texture.pixels[y * width + x].to_array().map(f32::from)
    };
    if right_part == 0.0 && bottom_part == 0.0 {
        return texel(left, top).map(|value| value / 255.0);
    }
    let corners =
        [texel(left, top), texel(left + 1.0, top), texel(left, top + 1.0), texel(left + 1.0, top + 1.0)];
    std::array::from_fn(|index| {
        let [a, b, c, d] = corners.map(|corner| corner[index]);
        let (above, below) = (a + (b - a) * right_part, c + (d - c) * right_part);
        (above + (below - above) * bottom_part) / 255.0
    })
}

/// A colour over another, both multiplied by their alpha.
fn over(front: [f32; 4], back: Color32) -> Color32 {
    let hidden = 1.0 - front[3] / 255.0;
    let [r, g, b, a] = back.to_array().map(f32::from);
    let mixed = |front: f32, back: f32| (front + back * hidden + 0.5).clamp(0.0, 255.0) as u8;
    Color32::from_rgba_premultiplied(
        mixed(front[0], r),
        mixed(front[1], g),
        mixed(front[2], b),
        mixed(front[3], a),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Shape, Vec2};

    fn painted(mesh: Mesh, size: [usize; 2], clip: Rect) -> ColorImage {
        let mut raster = Raster::default();
        let white = ColorImage::filled([1, 1], Color32::WHITE);
        raster.textures.insert(TextureId::default(), white);
        let primitives = [ClippedPrimitive { clip_rect: clip, primitive: Primitive::Mesh(mesh) }];
        raster.paint(&primitives, size, 1.0, Color32::BLACK)
    }

    fn count(picture: &ColorImage, color: Color32) -> usize {
        picture.pixels.iter().filter(|pixel| **pixel == color).count()
    }

    #[test]
    fn two_triangles_of_a_rectangle_cover_every_pixel_once() {
        let mut mesh = Mesh::default();
        let half = Color32::from_rgba_premultiplied(0, 100, 0, 0);
        mesh.add_colored_rect(Rect::from_min_size(Pos2::new(2.0, 3.0), Vec2::new(5.0, 5.0)), half);
        let picture = painted(mesh, [10, 10], Rect::EVERYTHING);
        // Light is added to light: what is covered twice would be brighter.
        assert_eq!(count(&picture, Color32::from_rgb(0, 100, 0)), 25);
        assert_eq!(count(&picture, Color32::BLACK), 75);
    }

    #[test]
    fn nothing_is_painted_beside_the_clip() {
        let mut mesh = Mesh::default();
        mesh.add_colored_rect(Rect::from_min_size(Pos2::new(-50.0, -50.0), Vec2::splat(100.0)), Color32::RED);
        let clip = Rect::from_min_max(Pos2::new(1.0, 2.0), Pos2::new(4.0, 4.0));
        assert_eq!(count(&painted(mesh, [10, 10], clip), Color32::RED), 6);
    }

    #[test]
    fn what_is_half_transparent_lets_half_through() {
        assert_eq!(over([0.0, 0.0, 127.5, 127.5], Color32::RED), Color32::from_rgb(128, 0, 128));
    }

    #[test]
    fn triangles_without_an_area_and_beyond_the_picture_paint_nothing() {
        let mut mesh = Mesh::default();
        for at in [Pos2::ZERO, Pos2::new(f32::NAN, 1.0), Pos2::new(9e9, 9e9)] {
            mesh.colored_vertex(at, Color32::RED);
        }
        mesh.add_triangle(0, 0, 2);
        mesh.add_triangle(0, 1, 2);
        assert_eq!(count(&painted(mesh, [4, 4], Rect::EVERYTHING), Color32::RED), 0);
    }

    #[test]
    fn a_text_leaves_ink() {
        let context = egui::Context::default();
        let mut raster = Raster::default();
        let mut output = context.run_ui(egui::RawInput::default(), |ui| {
            let font = egui::FontId::proportional(20.0);
            let at = Pos2::new(5.0, 5.0);
            ui.painter().text(at, egui::Align2::LEFT_TOP, "pn", font, Color32::WHITE);
        });
        raster.take_textures(&mut output.textures_delta);
        let shapes: Vec<_> =
            output.shapes.into_iter().filter(|clipped| matches!(clipped.shape, Shape::Text(_))).collect();
        let primitives = context.tessellate(shapes, 1.0);
        let picture = raster.paint(&primitives, [60, 40], 1.0, Color32::BLACK);
        let bright = picture.pixels.iter().filter(|pixel| pixel.r() > 200).count();
        assert!((20..400).contains(&bright), "{bright} bright pixels");
    }
}
