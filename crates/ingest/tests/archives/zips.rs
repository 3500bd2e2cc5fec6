use std::env;
use std::io::{Cursor, Write};
use std::process::Command;

use proptest::prelude::*;

use crate::build::{Zipped, bzip2, deflate, gzip, lines, tar, zip, zstandard};
use crate::{read, read_path};
use dyad_ingest::IngestOptions;

#[test]
fn every_file_is_an_input_of_its_own_in_the_directorys_order() {
    let reading = read(
        "a.zip",
        &zip(&[
            Zipped::stored("folder/", b""),
            Zipped::by(8, deflate, "z.jsonl", &lines(&["one", "two"])),
            Zipped::by(12, bzip2, "folder\\b.txt", b"Three."),
            Zipped::by(93, zstandard, "c.csv", b"text\nfour\n"),
            Zipped::stored("d.jsonl.gz", &gzip(&lines(&["five"]))),
            Zipped::stored("d.jsonl.gz", &gzip(&lines(&["six"]))),
            Zipped::stored("__MACOSX/._z.jsonl", b"\0\x05"),
            Zipped::stored(".DS_Store", b"\0\0"),
            Zipped::stored("LICENSE", b"Free."),
            Zipped::by(8, deflate, "e.tar", &tar(&[("x/f.txt", b"Seven.")])),
        ]),
    );
    assert_eq!(
        reading.articles,
        [
            "a.zip!/z.jsonl:1 one",
            "a.zip!/z.jsonl:2 two",
            "a.zip!/folder/b.txt:1 Three.",
            "a.zip!/c.csv:1 four",
            "a.zip!/d.jsonl.gz:1 five",
            "a.zip!/d.jsonl.gz:1 six",
            "a.zip!/e.tar!/x/f.txt:1 Seven.",
        ]
    );
    assert!(reading.rejects.is_empty(), "{:?}", reading.rejects);
    assert_eq!((reading.counts.files, reading.counts.skipped_files), (8, 1));
}

/// The folder for temporary files is that of the process: the test runs itself again with one that does not exist.
#[cfg(unix)]
#[test]
fn a_copy_that_cannot_be_made_names_its_folder() {
    if env::var_os("TMPDIR").is_none_or(|folder| folder != "/nowhere/at/all") {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.zip.gz");
        std::fs::write(&file, gzip(&zip(&[Zipped::stored("a.txt", b"One.")]))).unwrap();
        let mut again = Command::new(env::current_exe().unwrap());
        again.args(["--exact", "zips::a_copy_that_cannot_be_made_names_its_folder"]);
        let ran = again.env("TMPDIR", "/nowhere/at/all").env("COPIED", &file).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
        return;
    }
    let file = env::var("COPIED").unwrap();
    let reading = read_path(&file, "", &IngestOptions::default());
    assert_eq!(reading.rejects, [format!("{file}:0 unreadable")]);
    assert_eq!(
        reading.reasons,
        ["no room for a copy in /nowhere/at/all (No such file or directory (os error 2)); \
          make room or set TMPDIR to another folder"]
    );
}

#[test]
fn archives_of_another_program_are_read() {
    let options = zip::write::SimpleFileOptions::default();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_directory("news", options).unwrap();
    writer.start_file("news/caf\u{e9}.txt", options).unwrap();
    writer.write_all(b"One.").unwrap();
    writer
        .start_file("b.jsonl", options.large_file(true).compression_method(zip::CompressionMethod::Deflated))
        .unwrap();
    writer.write_all(&lines(&["two"])).unwrap();
    writer.add_symlink("c.txt", "b.jsonl", options).unwrap();
    writer.set_comment("PK\x05\x06 is no end").unwrap();
    let content = writer.finish().unwrap().into_inner();
    // What makes an archive unpack itself stands before it.
    for (name, content) in [("a.zip", content.clone()), ("b.zip", [vec![b'#'; 3_000], content].concat())] {
        let reading = read(name, &content);
        assert_eq!(
            reading.articles,
            [format!("{name}!/news/caf\u{e9}.txt:1 One."), format!("{name}!/b.jsonl:1 two")]
        );
        assert_eq!(reading.rejects, [format!("{name}!/c.txt:0 unreadable")]);
    }
}

#[test]
fn what_cannot_be_read_is_a_reject_and_the_rest_is_read() {
    let whole = Zipped::by(8, deflate, "x.txt", b"A story that is told.");
    let named = |name: &str| Zipped { name: name.into(), ..whole.clone() };
    let archive = zip(&[
        named("../up.txt"),
        named("/etc/root.txt"),
        named("C:\\windows.txt"),
        named("a/..\\..\\up.txt"),
        named("nul\0.txt"),
        Zipped { flags: 0x801, ..named("secret.txt") },
        Zipped { method: 14, ..named("lzma.txt") },
        Zipped { crc: 7, ..named("crc.txt") },
        Zipped { size: 5, ..named("long.txt") },
        Zipped { size: 500, ..named("short.txt") },
        Zipped { data: vec![0xff; 30], ..named("noise.txt") },
        Zipped { mode: 0o120_777, ..named("link.txt") },
        Zipped { crc: 7, method: 0, data: lines(&["kept"]), size: 16, ..named("kept.jsonl") },
        named("last.txt"),
    ]);
    let reading = read("a.zip", &archive);
    assert_eq!(reading.texts(), ["kept", "A story that is told."]);
    assert_eq!(
        reading.rejects,
        [
            "a.zip:1 malformed",
            "a.zip:2 malformed",
            "a.zip:3 malformed",
            "a.zip:4 malformed",
            "a.zip:5 malformed",
            "a.zip!/secret.txt:0 unreadable",
            "a.zip!/lzma.txt:0 unreadable",
            "a.zip!/crc.txt:1 damaged_compression",
            "a.zip!/long.txt:0 damaged_compression",
            "a.zip!/short.txt:1 damaged_compression",
            "a.zip!/noise.txt:0 damaged_compression",
            "a.zip!/link.txt:0 unreadable",
            "a.zip!/kept.jsonl:2 damaged_compression",
        ]
    );
    for (at, words) in [
        (0, "leads out"),
        (1, "absolute"),
        (2, "drive"),
        (4, "NUL"),
        (5, "password"),
        (6, "unpack it"),
        (11, "is a link"),
    ] {
        assert!(reading.reasons[at].contains(words), "{}", reading.reasons[at]);
    }
}

#[test]
fn a_cut_archive_is_one_reject() {
    let archive = zip(&[
        Zipped::by(8, deflate, "a.jsonl", &lines(&["one", "two"])),
        Zipped::stored("b.txt", b"Three."),
    ]);
    for cut in 4..archive.len() {
        let reading = read("a.zip", &archive[..cut]);
        assert_eq!(
            (reading.texts().len(), &reading.rejects[..]),
            (0, &["a.zip:0 malformed".to_owned()][..]),
            "{cut}"
        );
        assert!(reading.reasons[0].contains("zip -FF"));
    }
    for missing in 1..archive.len() {
        assert!(read("a.zip", &archive[missing..]).counts.records > 0, "without the first {missing} bytes");
    }
    assert_eq!(read("a.zip", &zip(&[])).rejects, ["a.zip:0 empty_file"]);
    assert_eq!(read("a.zip", &zip(&[Zipped::stored("a/", b"")])).rejects, ["a.zip:0 empty_file"]);
}

#[test]
fn a_directory_that_lies_costs_what_it_hides() {
    let archive = zip(&["a.txt", "b.txt", "c.txt"].map(|name| Zipped::stored(name, b"A story.")));
    let end = archive.len() - 22;
    // It counts two of three files, or more than its length can hold.
    for (count, articles, reject) in [(2, 2, "a.zip:3 malformed"), (200, 0, "a.zip:0 malformed")] {
        let mut lying = archive.clone();
        (lying[end + 8], lying[end + 10]) = (count, count);
        let reading = read("a.zip", &lying);
        assert_eq!((reading.texts().len(), &reading.rejects[..]), (articles, &[reject.to_owned()][..]));
    }
    // The header of the third is no header.
    let mut lying = archive.clone();
    lying[end - 51] = b'X';
    let reading = read("a.zip", &lying);
    assert_eq!((reading.texts().len(), &reading.rejects[..]), (2, &["a.zip:3 malformed".to_owned()][..]));
    // The second file's header is elsewhere.
    let directory = archive.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let mut lying = archive.clone();
    lying[directory + 46 + 5 + 42] ^= 0x0f;
    let reading = read("a.zip", &lying);
    assert_eq!(
        (reading.texts().len(), &reading.rejects[..]),
        (2, &["a.zip!/b.txt:0 malformed".to_owned()][..])
    );
    // Signatures without end, which a search could note down one by one.
    let mut signatures = b"PK\x01\x02PK\x06\x06".repeat(1_200_000);
    signatures.extend_from_slice(&archive[end..]);
    let reading = read("a.zip", &signatures);
    assert_eq!(reading.rejects.len(), 1, "{:?}", reading.rejects);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn changed_bytes_never_stop_the_reading(
        changes in prop::collection::vec((0usize..2_000, any::<u8>()), 1..6),
    ) {
        let inner = zip(&[Zipped::by(8, deflate, "a.txt", b"One.")]);
        let mut archive = zip(&[
            Zipped::by(8, deflate, "a.jsonl", &lines(&["one", "two"])),
            Zipped::by(93, zstandard, "b.zip", &inner),
            Zipped::by(12, bzip2, "c.txt", b"Three."),
        ]);
        for (at, byte) in changes {
            let at = at % archive.len();
            archive[at] = byte;
        }
        let reading = read("a.zip", &archive);
        prop_assert!(reading.counts.records > 0);
    }
}
