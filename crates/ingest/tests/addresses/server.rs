//! A web server on this machine that answers as a test says, byte by byte.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What was asked: the request line and the headers, one a line.
pub type Request = String;

pub struct Server {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers each request with the bytes of `answer`, given how many came before, and then closes the connection.
    pub fn start(answer: impl Fn(usize, &Request) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let request = head_of(&stream);
                let bytes = answer(number, &request);
                log.lock().unwrap().push(request);
                // A client that has heard enough may be gone.
                let _ = stream.write_all(&bytes);
            }
        });
        Self { address, requests }
    }

    /// The same answer for everyone.
    pub fn of(answer: Vec<u8>) -> Self {
        Self::start(move |_, _| answer.clone())
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The request lines.
    pub fn asked(&self) -> Vec<String> {
        self.requests().iter().map(|request| request.lines().next().unwrap().to_owned()).collect()
    }
}

fn head_of(stream: &TcpStream) -> Request {
    let lines = BufReader::new(stream).lines().map(Result::unwrap);
    lines.take_while(|line| !line.is_empty()).map(|line| line + "\n").collect()
}

/// An answer with these headers, one a line behind the status.
pub fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 ", head.replace('\n', "\r\n").as_bytes(), b"\r\nConnection: close\r\n\r\n", body].concat()
}

/// An answer that says how long it is.
pub fn sized(body: &[u8]) -> Vec<u8> {
    answer(&format!("200 OK\nContent-Length: {}", body.len()), body)
}

/// The body in chunks of so many bytes, with the last, empty one.
pub fn chunks(body: &[u8], size: usize) -> Vec<u8> {
    let pieces =
        body.chunks(size).map(|piece| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
    pieces.chain([b"0\r\n\r\n".to_vec()]).collect::<Vec<_>>().concat()
}
