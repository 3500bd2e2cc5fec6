//! Compressed data and archives, whole and broken, as the tests need them.

use std::io::Write;

pub use crate::support::gzip;

pub fn zstandard(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 3).unwrap()
}

pub fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A Zstandard frame that repeats one byte, 128 KiB times `blocks`, in four bytes each; its window is 2 to the `window`.
pub fn repeated(byte: u8, blocks: usize, window: u8) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, (window - 10) << 3];
    for block in 1..=blocks {
        let header: u32 = (128 << 10) << 3 | 1 << 1 | u32::from(block == blocks);
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(byte);
    }
    frame
}

/// One JSON line for each text.
pub fn lines(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| format!("{{\"text\":\"{text}\"}}\n").into_bytes()).collect()
}

/// Adds an entry to a tar archive under exactly this name.
pub fn add(tar: &mut tar::Builder<Vec<u8>>, name: &str, kind: tar::EntryType, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    let field = &mut header.as_old_mut().name;
    field[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append(&header, content).unwrap();
}

pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        add(&mut tar, name, tar::EntryType::Regular, content);
    }
    tar.into_inner().unwrap()
}

/// An entry of a zip archive, every field of which can be a lie.
#[derive(Clone)]
pub struct Zipped {
    pub name: Vec<u8>,
    pub method: u16,
    pub flags: u16,
    pub mode: u32,
    pub data: Vec<u8>,
    pub crc: u32,
    pub size: u32,
}

impl Zipped {
    pub fn stored(name: &str, content: &[u8]) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let (crc, size) = (crc.sum(), content.len() as u32);
        Self { name: name.into(), method: 0, flags: 0x800, mode: 0o100_644, data: content.into(), crc, size }
    }

    pub fn by(method: u16, compress: fn(&[u8]) -> Vec<u8>, name: &str, content: &[u8]) -> Self {
        Self { method, data: compress(content), ..Self::stored(name, content) }
    }
}

pub fn zip(entries: &[Zipped]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let start = archive.len() as u32;
        let mut common = Vec::new();
        for number in [entry.flags, entry.method, 0, 0x21] {
            common.extend_from_slice(&u16::to_le_bytes(number));
        }
        for number in [entry.crc, entry.data.len() as u32, entry.size] {
            common.extend_from_slice(&number.to_le_bytes());
        }
        common.extend_from_slice(&(entry.name.len() as u16).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        archive.extend_from_slice(b"PK\x03\x04\x14\0");
        archive.extend_from_slice(&common);
        archive.extend_from_slice(&entry.name);
        archive.extend_from_slice(&entry.data);
        directory.extend_from_slice(b"PK\x01\x02\x14\x03\x14\0");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(entry.mode << 16).to_le_bytes());
        directory.extend_from_slice(&start.to_le_bytes());
        directory.extend_from_slice(&entry.name);
    }
    let start = archive.len() as u32;
    archive.extend_from_slice(&directory);
    archive.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    archive.extend_from_slice(&(entries.len() as u16).to_le_bytes());
    archive.extend_from_slice(&(entries.len() as u16).to_le_bytes());
    archive.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    archive.extend_from_slice(&start.to_le_bytes());
    archive.extend_from_slice(&[0, 0]);
    archive
}
