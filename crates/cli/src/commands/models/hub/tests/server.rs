//! A small HTTP server on loopback: one request a connection, ranges, redirects and cut connections.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as the server saw it.
pub struct Request {
    pub path: String,
    /// `name: value`, names in lower case.
    headers: Vec<String>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// What the server answers; with `sent` it closes the connection after that many bytes of the body.
#[derive(Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<String>,
    pub body: Vec<u8>,
    pub sent: Option<usize>,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub fn body(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, body: body.into(), ..Self::default() }
    }

    /// The range that was asked for, if it is of this version.
    pub fn file(request: &Request, body: &[u8], etag: &str) -> Self {
        let start = request
            .header("range")
            .filter(|_| request.header("if-range") == Some(etag))
            .map(|range| range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap());
        let n = body.len();
        let reply = match start {
            None => Self::body(body),
            Some(start) if start >= n => Self::status(416),
            Some(start) => {
                let range = format!("content-range: bytes {start}-{}/{n}", n - 1);
                Self { status: 206, ..Self::body(&body[start..]) }.with(range)
            }
        };
        reply.with(format!("etag: {etag}"))
    }

    pub fn with(mut self, header: String) -> Self {
        self.headers.push(header);
        self
    }

    pub fn cut_after(self, n_bytes: usize) -> Self {
        Self { sent: Some(n_bytes), ..self }
    }

    fn write(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        write!(stream, "HTTP/1.1 {} Status\r\nconnection: close\r\n", self.status)?;
        for header in &self.headers {
            write!(stream, "{header}\r\n")?;
        }
        write!(stream, "content-length: {}\r\n\r\n", self.body.len())?;
        stream.write_all(&self.body[..self.sent.unwrap_or(self.body.len())])
    }
}

/// A server that lives as long as the test's process, and every request it has had.
pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers with a function of the request and the number of requests before it.
    pub fn start(answer: impl Fn(&Request, usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let Some(first) = lines.next() else { continue };
                let headers = lines.take_while(|line| !line.is_empty()).map(|line| {
                    let (name, value) = line.split_once(": ").unwrap();
                    format!("{}: {value}", name.to_ascii_lowercase())
                });
                let headers = headers.collect();
                let request = Request { path: first.split(' ').nth(1).unwrap().to_owned(), headers };
                let mut log = log.lock().unwrap();
                let reply = answer(&request, log.len());
                log.push(request);
                drop(log);
                // A client that has seen enough hangs up.
                let _ = reply.write(&mut stream);
            }
        });
        Self { url, requests }
    }

    /// One header of every request, in order.
    pub fn seen(&self, header: &str) -> Vec<Option<String>> {
        self.requests.lock().unwrap().iter().map(|r| r.header(header).map(str::to_owned)).collect()
    }

    pub fn paths(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|request| request.path.clone()).collect()
    }
}
