//! Zip archives as no packer would write them.

/// A zip archive (PKWARE APPNOTE 6.3) of files stored as they are, under exactly these names.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let (start, size) = (archive.len() as u32, content.len() as u32);
        let mut crc = flate2::Crc::new();
        crc.update(content);
        // Flags (names in UTF-8), method 0, time and date.
        let mut common: Vec<u8> = [0x800_u16, 0, 0, 0x21].iter().flat_map(|n| n.to_le_bytes()).collect();
        common.extend([crc.sum(), size, size].iter().flat_map(|n| n.to_le_bytes()));
        common.extend((name.len() as u32).to_le_bytes());
        archive.extend(b"PK\x03\x04\x14\0");
        archive.extend([&common, name.as_bytes(), content].concat());
        directory.extend(b"PK\x01\x02\x14\x03\x14\0");
        directory.extend(&common);
        directory.extend([0; 6]);
        directory.extend((0o100_644_u32 << 16).to_le_bytes());
        directory.extend(start.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, count) = (archive.len() as u32, files.len() as u16);
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].iter().flat_map(|n| n.to_le_bytes()));
    archive.extend([directory.len() as u32, start].iter().flat_map(|n| n.to_le_bytes()));
    archive.extend([0, 0]);
    archive
}
