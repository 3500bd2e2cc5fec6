#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: small inputs of every shape, all invented.

    tests/fuzz/seeds.py [FOLDER]      (tests/fuzz/corpus)

Those of Parquet and Arrow are written by `cargo run -p dyad-ingest --example fuzz_seeds -- FOLDER`.
"""
import bz2
import gzip
import io
import json
import pathlib
import struct
import sys
import tarfile
import zipfile
import zlib

STORY = {
    "title": "Acme agrees with Bolt",
    "text": "Acme Corp. will buy batteries from Bolt Ltd. for three years.\n\nNeither firm named a price.",
    "url": "https://www.example.com/2024/07/31/acme-bolt?utm_source=x",
    "source": {"name": "Example News"},
    "published": "2024-07-31T14:00:00+02:00",
    "language": "en-US",
}
MARKED = {
    "headline": "<i>Bolt</i> &amp; Acme part",
    "body": "<p>Bolt sued Acme on Monday.</p><ul><li>One</li><li>Two</li></ul><pre>x &lt; y</pre>",
    "link": "http://example.com/b",
    "date": "31 July 2024 at 2:05 pm EDT",
}
DOTTED = {"article": {"words": "## News\n\n- Acme *and* [Bolt](https://example.com)\n\n> agreed"}, "timestamp": 1722427200}

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Acme agrees with Bolt | Example News</title>
<meta property="og:title" content="Acme agrees with Bolt"><meta property="og:site_name" content="Example News">
<meta property="article:published_time" content="2024-07-31T12:00:00Z"><meta name="author" content="A. Writer">
<link rel="canonical" href="https://www.example.com/2024/07/31/acme-bolt">
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle",
"headline":"Acme agrees with Bolt","datePublished":"2024-07-31","author":[{"@type":"Person","name":"A. Writer"}],
"publisher":{"@type":"Organization","name":"Example News"}}]}</script><style>p{margin:0}</style></head>
<body><nav><ul><li><a href="/">Home</a><li><a href="/b">Business</a></ul></nav><!-- top -->
<article><header><h1>Acme agrees with Bolt</h1><p class="byline">By A. Writer, <time datetime="2024-07-31">July 31</time></p></header>
<p>Acme Corp. will buy batteries from Bolt Ltd. for three years, the firms said on Wednesday in a statement.</p>
<figure><img src="a.jpg" alt="A plant"><figcaption>The plant</figcaption></figure>
<p>Neither firm named a price; analysts expect <b>several</b> hundred million &euro;&nbsp;in all.</p>
<blockquote>We are glad, said the head of Bolt, and so are those who work for us.</blockquote>
<table><tr><td>Year<td>Batteries<tr><td>2024<td>1,000</table><aside class="related">Read more</aside></article>
<footer>&copy; Example News</footer></body></html>
"""
PLAIN_PAGE = """<html><head><title>Bolt sues Acme</title></head><body><div id=content><h1>Bolt sues Acme</h1>
Published 1 August 2024<br><br>Bolt sued Acme on Thursday over batteries that did not arrive in time, it said.<br><br>
Acme did not answer questions about the suit, which was filed with a court in the capital.</div>"""
CYRILLIC_PAGE = (
    '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><title>Сделка</title></head>'
    "<body><p>Две фирмы договорились о поставках батарей на три года, сообщили они в среду в совместном заявлении.</p></body></html>"
).encode("cp1251")

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Example News</title><link>https://www.example.com/</link><language>en-us</language>
<item><title>Acme agrees with Bolt</title><link>https://www.example.com/a</link><guid isPermaLink="false">a-1</guid>
<pubDate>Wed, 31 Jul 2024 12:00:00 GMT</pubDate><dc:creator>A. Writer</dc:creator>
<description>Acme &amp;amp; Bolt</description><content:encoded><![CDATA[<p>Acme will buy batteries from Bolt.</p>]]></content:encoded></item>
<item><title><![CDATA[Bolt sues]]></title><description>Bolt sued Acme on Thursday.</description></item>
</channel></rss>
"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title type="html">Example &lt;b&gt;News</title>
<updated>2024-08-01T00:00:00Z</updated><entry><id>tag:example.com,2024:1</id><title>Acme agrees</title>
<link rel="alternate" href="https://www.example.com/a"/><published>2024-07-31T12:00:00Z</published>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Acme agreed with <em>Bolt</em>.</p></div></content></entry>
<entry><summary type="text">Bolt sued Acme.</summary></entry></feed>
"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://www.example.com/"><title>Example</title></channel>
<item rdf:about="https://www.example.com/a"><title>Acme agrees</title><description>Acme agreed with Bolt.</description></item>
<item><title>Cut
"""

TABLE = 'title,text,url,date\nAcme agrees,"Acme agreed with Bolt, ""at last"".\nMore follows.",https://example.com/a,2024-07-31\nShort row,x\n'
MARKDOWN = """---
title: Acme agrees with Bolt
date: 2024-07-31
tags: [a, b]
source: {name: Example News}
---

# Acme agrees

Acme *agreed* with [Bolt](https://example.com).

1. One
   - Two

| a | b |
|---|---|
| 1 | 2 |

```
code
```
"""
TOML = '+++\ntitle = "Bolt sues"\ndate = 2024-08-01T10:00:00Z\n+++\nBolt sued **Acme**.\n'


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def zstandard(content):
    """A frame of one block that holds the content as it is (RFC 8878, 3.1.1); at least 256 bytes of it."""
    block = struct.pack("<I", len(content) << 3 | 1)[:3] + content
    return b"\x28\xb5\x2f\xfd" + bytes([0x60]) + struct.pack("<H", len(content) - 256) + block


def zstandard_repeated(byte, blocks):
    frame = b"\x28\xb5\x2f\xfd\x00\x40"
    for number in range(blocks):
        frame += struct.pack("<I", (128 << 10) << 3 | 2 | (number == blocks - 1))[:3] + byte
    return frame


def pack(content):
    return gzip.compress(content, mtime=0)


def tar(files, kind=tarfile.USTAR_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            if name.endswith("link"):
                entry.type, entry.linkname, entry.size = tarfile.SYMTYPE, "a.txt", 0
            archive.addfile(entry, io.BytesIO(content))
    # One block of zeros is enough of an end for a seed.
    return out.getvalue().rstrip(b"\0") + bytes(1024)


def archive(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content, method in files:
            entry = zipfile.ZipInfo(name, (2024, 7, 31, 12, 0, 0))
            entry.compress_type = method
            packed.writestr(entry, content)
    return out.getvalue()


def warc(*records):
    out = b""
    for kind, media_type, block in records:
        head = (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://www.example.com/{len(out)}\r\n"
            f"WARC-Date: 2024-07-31T12:00:00Z\r\nContent-Type: {media_type}\r\nContent-Length: {len(block)}\r\n\r\n"
        )
        out += head.encode() + block + b"\r\n\r\n"
    return out


def answer(body, *headers, status="200 OK"):
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


def chunked(body):
    pieces = [body[at : at + 200] for at in range(0, len(body), 200)]
    return b"".join(f"{len(piece):x};a=b\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\nX-End: 1\r\n\r\n"


def seeds():
    story, short = lines(STORY), lines(DOTTED)
    http, page = "application/http; msgtype=response", PLAIN_PAGE.encode()
    html = "Content-Type: text/html; charset=utf-8"
    text = b"Acme agrees with Bolt\n\nAcme Corp. will buy batteries from Bolt Ltd.\n"
    yield from {
        "jsonl/stories": lines(STORY, MARKED, DOTTED),
        "jsonl/broken": b"\xef\xbb\xbf" + story + b'nonsense\n\n{"text": 1}\r\n["text"]\n{"text": "\xff"}\n{"text": "",\n',
        "jsonl/dates": lines(*({"text": "Acme.", "date": date} for date in (
            "July 31, 2024", "2024/7/31 09:30", "20240731120000", 1722427200000, "Wed, 31 Jul 2024 12:00:00 +0000", "31.07.2024", "soon"))),
        "json/list": json.dumps([STORY, MARKED], indent=1).encode(),
        "json/object": json.dumps({"status": "ok", "response": {"n": 2, "docs": [STORY, DOTTED]}}).encode(),
        "json/hits": json.dumps({"hits": {"total": 1, "hits": [{"_id": 1, "_source": MARKED}]}}).encode(),
        "json/feed": json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Example", "language": "en", "items": [
            {"id": "1", "url": "https://www.example.com/a", "title": "Acme", "content_html": "<p>Acme agreed.</p>", "date_published": "2024-07-31T12:00:00Z"},
            {"id": "2", "content_text": "Bolt sued."}]}).encode(),
        "json/broken": b'[\n  {"text": "Acme agreed."},\n  {"text": "cut,\n  {"text": "Bolt \\u00e9\\ud83d\\ude00"}\n]\n{"text": 1}{',
        "csv/commas": TABLE.encode(),
        "csv/semicolons": TABLE.replace(",", ";").replace("\n", "\r\n").encode(),
        "csv/tabs": b"\xef\xbb\xbfheadline\tbody\nAcme\tAcme agreed.\rBolt\tBolt \"sued\".\n\"open\t",
        "feed/rss": RSS.encode(),
        "feed/atom": ATOM.encode(),
        "feed/rdf": RDF.encode(),
        "feed/latin": b'<?xml version="1.0" encoding="ISO-8859-1"?><rss><channel><item><description>Acme caf\xe9</description></item></channel></rss>',
        "feed/utf16": '<rss><channel><item><title>A</title><description>Acme</description></item></channel></rss>'.encode("utf-16"),
        "warc/pages": warc(
            ("warcinfo", "application/warc-fields", b"software: x\r\n"),
            ("response", http, answer(PAGE.encode(), html)),
            ("response", http, answer(chunked(page), html, "Transfer-Encoding: chunked")),
            ("response", http, answer(pack(page), "Content-Type: text/html", "Content-Encoding: gzip")),
            ("response", http, answer(b"", "Location: /a", status="301 Moved"))),
        "warc/codings": warc(
            ("response", http, answer(zlib.compress(page), "Content-Encoding: deflate")),
            ("response", http, answer(chunked(pack(page)), html, "Content-Encoding: x-gzip", "Transfer-Encoding: chunked")),
            ("response", http, answer(CYRILLIC_PAGE, "content-type:text/html;charset=windows-1251")),
            ("resource", "text/html", page)),
        "warc/damaged": warc(("response", http, answer(page[:99], html)))[:-30] + b"stray\r\n" + warc(
            ("continuation", "text/html", b"x"), ("response", "", b"HTTP/1.0 200\n\n<p>x")).replace(b"Length: ", b"Length: 9"),
        "warc/members": pack(warc(("response", http, answer(page, html)))) + pack(warc(("metadata", "text/plain", b"x"))),
        "zip/stories": archive([
            ("news/a.jsonl", story, zipfile.ZIP_DEFLATED), ("b.txt", text, zipfile.ZIP_STORED),
            ("README.md", b"about", zipfile.ZIP_STORED), (".hidden", b"x", zipfile.ZIP_STORED), ("c/", b"", zipfile.ZIP_STORED)]),
        "zip/names": archive([
            ("../a.txt", text, zipfile.ZIP_STORED), ("C:\\b.txt", text, zipfile.ZIP_STORED), ("d\u00e9al.csv", TABLE.encode(), zipfile.ZIP_DEFLATED)]),
        "zip/nested": archive([
            ("a.zip", archive([("b.md", TOML.encode(), zipfile.ZIP_STORED)]), zipfile.ZIP_STORED),
            ("c.tar", tar([("d.txt", b"Acme.")]), zipfile.ZIP_DEFLATED), ("e.bz2", bz2.compress(short), zipfile.ZIP_BZIP2)]),
        "zip/empty": archive([]),
        "tar/stories": tar([("news/a.jsonl", short), ("b.txt", b"Acme."), ("README", b"x"), ("link", b""), ("../c", b"x")]),
        "tar/pax": tar([("n" * 120 + ".txt", b"Acme agreed.")], tarfile.PAX_FORMAT),
        "tar/gnu": tar([("n" * 120 + ".txt", b"Acme agreed.")], tarfile.GNU_FORMAT),
        "tar/nested": tar([("a.tar", tar([("b.csv", b"text\nAcme.\n")])), ("c.gz", pack(short))]),
        "compressed/gzip": pack(story) + pack(short) + bytes(8),
        "compressed/bzip2": bz2.compress(story),
        "compressed/zstandard": zstandard(lines(STORY)) + b"\x50\x2a\x4d\x18\x01\0\0\0x",
        "compressed/thrice": pack(bz2.compress(zstandard(lines(STORY)))),
        "compressed/four": pack(pack(pack(pack(short)))),
        "compressed/bomb": zstandard_repeated(b" ", 20),
        "compressed/page": pack(page),
        "compressed/feed": bz2.compress(RSS.encode()),
        "compressed/tar": pack(tar([("a.jsonl", short)])),
        "compressed/zip": pack(archive([("a.txt", b"Acme.", zipfile.ZIP_STORED)])),
        "compressed/cut": pack(story)[:-12],
        "compressed/trailing": pack(short) + b"more",
        "compressed/plain": text,
        "compressed/xz": b"\xfd7zXZ\0\0\x04",
        "text/plain": text,
        "text/yaml": MARKDOWN.encode(),
        "text/toml": TOML.encode(),
        "text/marks": "\ufeffA\u00adb\u2028c\u00a0d\r\n\r\n\r\n\te\u200b &amp; <b>f</b>\u2029".encode(),
        "text/rule": b"---\nA rule\n---\n\nText\n",
        "html/page": PAGE.encode(),
        "html/plain": page,
        "html/cyrillic": CYRILLIC_PAGE,
        "html/deep": b"<div>" * 600 + b"<p>Acme agreed with Bolt on Wednesday to build a plant for batteries.</p>",
        "html/broken": b"<html><p class=a b='c\">Acme</p><script>if (a < b) {</script><p>Bolt &#x1F600; &nosuch; &#0; <!-- <p> --!> <![CDATA[x]]></p><textarea><p>",
    }.items()


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "corpus")
    for name, content in seeds():
        target, seed = name.split("/")
        path = folder / target / f"seed-{seed}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


main()
