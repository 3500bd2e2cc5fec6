//! Writes a PNG (ISO/IEC 15948) with a palette of 256 colours, not interlaced. The compression is flate2's.
//!
//! A chart has a few colours and the shades between them at edges; a palette makes its file a third as large.

use std::io::{self, Write};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
/// Eight bits a pixel, each the number of a colour; deflate, filters by row, no interlacing.
const FORM: [u8; 5] = [8, 3, 0, 0, 0];
/// Rows as they are: what filters win in photographs, they lose in charts.
const UNFILTERED: u8 = 0;
/// Most colours in a palette.
const COLOURS: usize = 256;

/// A picture as rows of red, green and blue.
pub(super) struct Image<'i> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// `3 * width * height` bytes.
    pub(super) pixels: &'i [u8],
    /// From which programs take the size on paper.
    pub(super) pixels_per_metre: u32,
    /// Keyword (Latin letters) and text.
    pub(super) texts: [(&'static str, &'i str); 2],
}

/// # Errors
/// None but those of the encoder, which writes to memory.
pub(super) fn encode(image: &Image<'_>) -> io::Result<Vec<u8>> {
    let mut out = SIGNATURE.to_vec();
    let header = [&image.width.to_be_bytes()[..], &image.height.to_be_bytes(), &FORM].concat();
    chunk(&mut out, b"IHDR", &header)?;
    let density = image.pixels_per_metre.to_be_bytes();
    // The last byte says that the unit is the metre.
    chunk(&mut out, b"pHYs", &[&density[..], &density, &[1]].concat())?;
    for (keyword, text) in image.texts {
        // Not compressed, no language, no translated keyword.
        chunk(&mut out, b"iTXt", &[keyword.as_bytes(), &[0, 0, 0, 0, 0], text.as_bytes()].concat())?;
    }
    let (palette, numbers) = indexed(image.pixels);
    chunk(&mut out, b"PLTE", &palette.concat())?;
    chunk(&mut out, b"IDAT", &rows(&numbers, image.width as usize)?)?;
    chunk(&mut out, b"IEND", &[])?;
    Ok(out)
}

/// Shades that differ by less than 8 of 256 in every part fall together; of more than 256 such shades the most frequent
/// stay, and the others become the nearest of these.
fn indexed(pixels: &[u8]) -> (Vec<[u8; 3]>, Vec<u8>) {
    let shades = || {
        pixels
            .chunks_exact(3)
            .map(|p| usize::from(p[0] >> 3) << 10 | usize::from(p[1] >> 3) << 5 | usize::from(p[2] >> 3))
    };
    let mut counts = vec![0_u32; 1 << 15];
    let mut sums = vec![[0_u64; 3]; 1 << 15];
    for (pixel, shade) in pixels.chunks_exact(3).zip(shades()) {
        counts[shade] += 1;
        sums[shade].iter_mut().zip(pixel).for_each(|(sum, part)| *sum += u64::from(*part));
    }
    let mut present: Vec<usize> = (0..counts.len()).filter(|&shade| counts[shade] > 0).collect();
    present.sort_by_key(|&shade| (std::cmp::Reverse(counts[shade]), shade));
    let mean = |shade: usize| {
        let count = u64::from(counts[shade]);
        sums[shade].map(|sum| u8::try_from((sum + count / 2) / count).unwrap_or(u8::MAX))
    };
    let palette: Vec<[u8; 3]> = present.iter().take(COLOURS).map(|&shade| mean(shade)).collect();
    let mut number_of = vec![0_u8; counts.len()];
    for (place, &shade) in present.iter().enumerate() {
        let number = if place < COLOURS { place } else { nearest(&palette, mean(shade)) };
        number_of[shade] = u8::try_from(number).unwrap_or_default();
    }
    (palette, shades().map(|shade| number_of[shade]).collect())
}

fn nearest(palette: &[[u8; 3]], colour: [u8; 3]) -> usize {
    let distance = |other: &[u8; 3]| -> u32 {
        other.iter().zip(colour).map(|(x, y)| u32::from(x.abs_diff(y)).pow(2)).sum()
    };
    (0..palette.len()).min_by_key(|&number| distance(&palette[number])).unwrap_or_default()
}

fn rows(numbers: &[u8], width: usize) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in numbers.chunks_exact(width.max(1)) {
        encoder.write_all(&[UNFILTERED])?;
        encoder.write_all(row)?;
    }
    encoder.finish()
}

/// Length, kind, data, and the checksum of kind and data.
fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) -> io::Result<()> {
    let length = u32::try_from(data.len()).map_err(|_| io::Error::other("a chunk of a PNG is too long"))?;
    let mut checksum = Crc::new();
    checksum.update(kind);
    checksum.update(data);
    out.extend(length.to_be_bytes());
    out.extend(kind);
    out.extend(data);
    out.extend(checksum.sum().to_be_bytes());
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Read;

    use flate2::read::ZlibDecoder;

    use super::*;

    /// Width, height and pixels of what [`encode`] wrote, with every checksum checked.
    pub(in crate::static_charts) fn decode(png: &[u8]) -> (u32, u32, Vec<u8>) {
        let number = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().expect("four bytes"));
        let mut rest = png.strip_prefix(&SIGNATURE).expect("a PNG");
        let (mut size, mut data, mut palette, mut kinds) = ((0, 0), Vec::new(), Vec::new(), Vec::new());
        while !rest.is_empty() {
            let length = number(rest) as usize;
            let (kind, body) = (&rest[4..8], &rest[8..8 + length]);
            let mut checksum = Crc::new();
            checksum.update(&rest[4..8 + length]);
            assert_eq!(checksum.sum(), number(&rest[8 + length..]));
            match kind {
                b"IHDR" => size = (number(body), number(&body[4..])),
                b"PLTE" => palette = body.chunks_exact(3).map(<[u8]>::to_vec).collect(),
                b"IDAT" => data.extend_from_slice(body),
                _ => {}
            }
            kinds.push(String::from_utf8_lossy(kind).into_owned());
            rest = &rest[12 + length..];
        }
        assert_eq!(kinds, ["IHDR", "pHYs", "iTXt", "iTXt", "PLTE", "IDAT", "IEND"]);
        let mut raw = Vec::new();
        ZlibDecoder::new(data.as_slice()).read_to_end(&mut raw).expect("zlib");
        let width = size.0 as usize;
        assert_eq!(raw.len(), (width + 1) * size.1 as usize);
        let rows = raw.chunks_exact(width + 1);
        let pixels = rows.flat_map(|row| {
            assert_eq!(row[0], UNFILTERED);
            row[1..].iter().flat_map(|&number| palette[usize::from(number)].clone()).collect::<Vec<u8>>()
        });
        (size.0, size.1, pixels.collect())
    }

    #[test]
    fn few_colours_come_back_as_they_were() {
        let pixels: Vec<u8> = (0..7 * 5).flat_map(|i| [253, (i * 7) as u8, (i % 4 * 60) as u8]).collect();
        let texts = [("Title", "Größe → 1"), ("Description", "")];
        let image = Image { width: 7, height: 5, pixels: &pixels, pixels_per_metre: 7559, texts };
        let png = encode(&image).expect("encodes");
        assert_eq!(decode(&png), (7, 5, pixels));
        // The checksum of an empty last chunk is the same in every PNG.
        assert!(png.ends_with(&[0xae, 0x42, 0x60, 0x82]));
    }

    #[test]
    fn of_many_colours_the_frequent_ones_stay_and_the_others_go_to_the_nearest() {
        // A wide paper, and 4,096 colours once each.
        let rare =
            (0..4096_u32).flat_map(|i| [(i % 16 * 16) as u8, (i / 16 % 16 * 16) as u8, (i / 256 * 16) as u8]);
        let pixels: Vec<u8> = [253, 253, 251].repeat(8192).into_iter().chain(rare).collect();
        let (palette, numbers) = indexed(&pixels);
        assert_eq!((palette.len(), palette[0], numbers.len()), (256, [253, 253, 251], 12_288));
        assert!(numbers[..8192].iter().all(|&number| number == 0));
        assert_eq!(nearest(&[[0, 0, 0], [200, 200, 200]], [120, 120, 120]), 1);
    }
}
