use proptest::prelude::*;
use tar::EntryType;

use crate::build::{add, gzip, lines, tar, zstandard};
use crate::read;

#[test]
fn every_file_is_an_input_of_its_own() {
    let page = b"<html><body><p>Microsoft will invest in OpenAI, the companies said on Wednesday in a joint statement.</p></body></html>";
    let reading = read(
        "a.tar",
        &tar(&[
            ("./z.jsonl", &lines(&["one", "two"])),
            ("news/a.csv", b"text,title\nthree,T\n"),
            ("news/b.jsonl.gz", &gzip(&lines(&["four"]))),
            ("news/c.txt", b"Five."),
            ("README.md", b"About."),
            ("./news/.hidden.txt", b"Nothing."),
            (".git/a.txt", b"Nothing."),
            ("news/d.md", b"---\ntitle: T\n---\nSix.\n"),
            ("news/e.html", page),
            ("news/c.txt", b"Seven."),
            ("news/f.pdf", b"%PDF"),
            ("news/g.txt", b""),
            ("news/h", &zstandard(&lines(&["eight"]))),
        ]),
    );
    assert_eq!(
        reading.articles[..7],
        [
            "a.tar!/z.jsonl:1 one",
            "a.tar!/z.jsonl:2 two",
            "a.tar!/news/a.csv:1 three",
            "a.tar!/news/b.jsonl.gz:1 four",
            "a.tar!/news/c.txt:1 Five.",
            "a.tar!/news/d.md:1 Six.",
            "a.tar!/news/e.html:1 Microsoft will invest in OpenAI, the companies said on Wednesday in a joint statement."
        ]
    );
    assert_eq!(reading.articles[7..], ["a.tar!/news/c.txt:1 Seven.", "a.tar!/news/h:1 eight"]);
    assert_eq!(reading.rejects, ["a.tar!/news/f.pdf:0 unknown_format", "a.tar!/news/g.txt:0 empty_file"]);
    assert_eq!((reading.counts.files, reading.counts.skipped_files), (11, 1));
}

#[test]
fn links_devices_and_names_that_lead_outside_are_rejects() {
    let mut archive = tar::Builder::new(Vec::new());
    add(&mut archive, "folder/", EntryType::Directory, b"");
    add(&mut archive, "../up.txt", EntryType::Regular, b"Up.");
    add(&mut archive, "/etc/root.txt", EntryType::Regular, b"Root.");
    add(&mut archive, "a/../../up.txt", EntryType::Regular, b"Up.");
    for (name, kind) in [
        ("a.txt", EntryType::Symlink),
        ("b.txt", EntryType::Link),
        ("c.txt", EntryType::Fifo),
        ("d.txt", EntryType::Block),
        (".e.txt", EntryType::Symlink),
        ("f.txt", EntryType::new(b'Q')),
    ] {
        add(&mut archive, name, kind, b"");
    }
    add(&mut archive, "last.txt", EntryType::Regular, b"Last.");
    let reading = read("a.tar", &archive.into_inner().unwrap());
    assert_eq!(reading.articles, ["a.tar!/last.txt:1 Last."]);
    assert_eq!(
        reading.rejects,
        [
            "a.tar:2 malformed",
            "a.tar:3 malformed",
            "a.tar:4 malformed",
            "a.tar!/a.txt:0 unreadable",
            "a.tar!/b.txt:0 unreadable",
            "a.tar!/c.txt:0 unreadable",
            "a.tar!/d.txt:0 unreadable",
            "a.tar!/f.txt:0 unreadable",
        ]
    );
    assert!(reading.reasons[0].contains("\"../up.txt\"") && reading.reasons[0].contains("leads out"));
    assert!(reading.reasons[3].contains("is a link"));
}

#[test]
fn long_names_are_read_as_gnu_and_posix_write_them() {
    let long = format!("{}/{}.txt", "folder".repeat(20), "name".repeat(30));
    let mut gnu = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(4);
    gnu.append_data(&mut header, &long, &b"One."[..]).unwrap();
    let mut posix = tar::Builder::new(Vec::new());
    posix.append_pax_extensions([("mtime", &b"1.5"[..]), ("path", long.as_bytes()), ("size", b"4")]).unwrap();
    add(&mut posix, "short.txt", EntryType::Regular, b"One.");
    // Git begins its archives with attributes of all entries.
    let mut git = tar::Builder::new(Vec::new());
    add(
        &mut git,
        "pax_global_header",
        EntryType::XGlobalHeader,
        b"52 comment=0123456789012345678901234567890123456789\n",
    );
    let mut header = tar::Header::new_ustar();
    header.set_size(4);
    header.set_path(&long[..200]).unwrap_or_else(|_| header.set_path(&long[..90]).unwrap());
    header.set_cksum();
    git.append(&header, &b"One."[..]).unwrap();
    for archive in [gnu, posix] {
        let reading = read("a.tar", &archive.into_inner().unwrap());
        assert_eq!(reading.articles, [format!("a.tar!/{long}:1 One.")], "{:?}", reading.rejects);
    }
    assert_eq!(read("a.tar", &git.into_inner().unwrap()).texts(), ["One."]);
}

#[test]
fn names_without_measure_and_sparse_files_are_rejects() {
    let mut archive = tar::Builder::new(Vec::new());
    add(&mut archive, "././@LongLink", EntryType::GNULongName, &vec![b'x'; 100_000]);
    add(&mut archive, "a.txt", EntryType::Regular, b"One.");
    archive.append_pax_extensions([("GNU.sparse.major", &b"1"[..])]).unwrap();
    add(&mut archive, "b.txt", EntryType::Regular, b"Two.");
    add(&mut archive, "c.txt", EntryType::GNUSparse, b"Three.");
    archive.append_pax_extensions([("path", &b"d\0.txt"[..])]).unwrap();
    add(&mut archive, "d.txt", EntryType::Regular, b"Four.");
    add(&mut archive, "e.txt", EntryType::Regular, b"Five.");
    let reading = read("a.tar", &archive.into_inner().unwrap());
    assert_eq!(reading.texts(), ["Five."]);
    let expected = [
        "a.tar!/a.txt:0 unreadable",
        "a.tar!/b.txt:0 unreadable",
        "a.tar!/c.txt:0 unreadable",
        "a.tar:4 malformed",
    ];
    assert_eq!(reading.rejects, expected);
}

#[test]
fn a_cut_archive_keeps_the_files_before() {
    let one = lines(&["one", "two"]);
    let three = vec![b'x'; 700];
    let archive = tar(&[("a.jsonl", &one), ("b.txt", b"Three."), ("c.txt", &three)]);
    // Up to the mark of the end, which is followed by zeros alone.
    let end = 512 * 7;
    for cut in (1..=end).filter(|cut| cut % 61 == 0 || cut % 512 < 2) {
        for (name, content) in [("a.tar", archive[..cut].to_vec()), ("a.tar.gz", gzip(&archive[..cut]))] {
            let reading = read(name, &content);
            let whole =
                [512 + 17, 512 + 30, 1_536 + 6, 2_560 + 700].iter().filter(|&&end| cut >= end).count();
            assert!(reading.texts().len() <= whole.max(2), "{cut}");
            assert!(
                cut < 2_560 || reading.texts()[..3] == ["one", "two", "Three."],
                "{cut}: {:?}",
                reading.articles
            );
            assert_eq!(reading.rejects.len(), 1, "{name} cut at {cut}: {:?}", reading.rejects);
        }
    }
    for rest in [512, 700, 1_023, 1_024] {
        assert!(read("a.tar", &archive[..end + rest]).rejects.is_empty(), "{rest} zeros mark the end");
    }
    let compressed = gzip(&archive);
    for cut in (20..compressed.len()).step_by(3) {
        let reading = read("a.tar.gz", &compressed[..cut]);
        assert_eq!(reading.rejects.len(), 1, "cut at {cut}: {:?}", reading.rejects);
        assert!(reading.rejects[0].ends_with("damaged_compression"), "{:?}", reading.rejects);
    }
}

#[test]
fn what_follows_a_damaged_header_is_found() {
    let mut archive = tar(&[("a.txt", b"One."), ("b.txt", b"Two."), ("c.txt", b"Three.")]);
    archive[1_024 + 150] ^= 0x11;
    let reading = read("a.tar", &archive);
    assert_eq!(reading.texts(), ["One.", "Three."]);
    assert_eq!(reading.rejects, ["a.tar:2 malformed"]);
    let joined = [tar(&[("a.txt", b"One.")]), tar(&[("b.txt", b"Two.")])].concat();
    let reading = read("a.tar", &joined);
    assert_eq!((reading.texts(), reading.rejects.len()), (vec!["One.", "Two."], 0));
    let reading = read("a.tar", &[tar(&[("a.txt", b"One.")]), vec![b'x'; 2_000]].concat());
    assert_eq!(
        (reading.texts(), &reading.rejects[..]),
        (vec!["One."], &["a.tar:2 malformed".to_owned()][..])
    );
    assert_eq!(read("a.tar", &tar(&[])).rejects, ["a.tar:0 empty_file"]);
    assert_eq!(read("a.tar", b"no archive").rejects, ["a.tar:1 malformed"]);
}

#[test]
fn sizes_that_lie_end_with_the_archive() {
    for size in [u64::MAX, u64::MAX - 511, 1 << 62, 10_000] {
        let mut header = tar::Header::new_gnu();
        header.set_path("a.jsonl").unwrap();
        header.set_size(size);
        header.set_cksum();
        let reading = read("a.tar", &[header.as_bytes(), &lines(&["one", "two"])[..]].concat());
        assert_eq!(reading.texts(), ["one", "two"], "{size}");
        assert_eq!(reading.rejects, ["a.tar!/a.jsonl:3 malformed"], "{size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn changed_bytes_never_stop_the_reading(
        changes in prop::collection::vec((0usize..6_000, any::<u8>()), 1..6),
        compressed in any::<bool>(),
    ) {
        let inner = gzip(&tar(&[("a.txt", b"One.")]));
        let mut archive = tar(&[("a.jsonl", &lines(&["one", "two"])), ("b.tgz", &inner), ("c.txt", b"Three.")]);
        if compressed {
            archive = gzip(&archive);
        }
        for (at, byte) in changes {
            let at = at % archive.len();
            archive[at] = byte;
        }
        let reading = read("a.tar", &archive);
        prop_assert!(reading.counts.records > 0);
    }
}
