"""Real sentences that name two actors, without labels: the joint model learns on them what its teacher says."""

import random
import re
from collections import defaultdict
from pathlib import Path

from data import Example, read_conll
from frame_data import fingerprint, newsletters, rows_of

# Names that stand for an actor in the newsletters. A name may be a wrong match: nothing is claimed about these sentences.
NAMES = {
    "Microsoft": ["Microsoft", "Azure", "Satya Nadella", "Nadella", "Mustafa Suleyman", "Bing", "Windows", "MSFT", "Copilot"],
    "OpenAI": ["OpenAI", "Sam Altman", "Altman", "ChatGPT", "GPT-4o", "GPT-4", "GPT4", "Greg Brockman", "Ilya Sutskever", "Sora", "o1"],
    "Google": ["Google", "DeepMind", "Google DeepMind", "Gemini", "Alphabet", "Sundar Pichai", "Vertex AI", "Bard", "Gemma"],
    "Anthropic": ["Anthropic", "Claude 3.5 Sonnet", "Claude 3", "Claude", "Dario Amodei"],
    "Meta": ["Meta", "Facebook", "Llama 3", "Llama", "LLaMA", "Mark Zuckerberg", "Zuckerberg", "Yann LeCun"],
    "Amazon": ["Amazon", "AWS", "Bedrock", "Jeff Bezos"],
    "Apple": ["Apple", "Tim Cook", "Siri", "iPhone"],
    "Nvidia": ["Nvidia", "NVIDIA", "Jensen Huang", "CUDA", "H100"],
    "Mistral": ["Mistral AI", "Mistral", "Mixtral"],
    "xAI": ["xAI", "Grok", "Elon Musk", "Musk"],
    "Hugging Face": ["Hugging Face", "HuggingFace", "Huggingface"],
    "Stability AI": ["Stability AI", "Stability", "Stable Diffusion", "Emad Mostaque"],
    "AMD": ["AMD", "MI300X", "ROCm"],
    "Databricks": ["Databricks", "DBRX", "MosaicML"],
    "Character.AI": ["Character.AI", "Character AI", "Noam Shazeer"],
    "New York Times": ["New York Times", "NYT"],
    "Alibaba": ["Alibaba", "Qwen"],
    "European Union": ["EU", "European Union"],
} | {name: [name] for name in (
    "Cohere", "Intel", "Perplexity", "DeepSeek", "Groq", "Scale AI", "LangChain", "LlamaIndex", "Oracle", "Inflection", "Reddit", "GitHub", "Cursor",
    "TSMC", "Samsung", "Cerebras", "Together AI", "IBM", "Salesforce", "Snowflake", "Tesla", "Modular", "OpenRouter", "Adobe", "Figure", "Runway",
    "Replit", "Qualcomm", "Ollama", "LM Studio", "FTC", "SEC")}  # fmt: skip
LENGTHS = range(25, 421)  # characters
Spans = dict[str, list[tuple[int, int]]]


def newsletter_sentences(text: str):
    """Sentences by line and by full stop, which is good enough for newsletters."""
    for line in text.split("\n"):
        for match in re.finditer(r"\S.*?(?:[.!?](?=\s+[\"'A-Z(@])|$)", line):
            if "http" not in match.group():
                yield match.group()


def named_actors(text: str) -> Spans:
    """Spans of each actor in a sentence."""
    spans: Spans = defaultdict(list)
    for match in PATTERN.finditer(text):
        spans[OWNER[match.group()]].append(match.span())
    return spans


OWNER = {name: actor for actor, names in NAMES.items() for name in names}
PATTERN = re.compile(r"(?<!\w)(" + "|".join(re.escape(n) for n in sorted(OWNER, key=len, reverse=True)) + r")(?!\w)")


def organisations(example: Example) -> Spans:
    """Spans of each organisation that CoNLL marks in a sentence."""
    found: list[list[int]] = []
    kind = ""
    for start, end, label in example.words:
        if label.startswith("B-"):
            kind = label[2:]
            if kind == "organisation":
                found.append([start, end])
        elif label.startswith("I-") and kind == "organisation":
            found[-1][1] = end
        elif label == "O":
            kind = ""
    spans: Spans = defaultdict(list)
    for start, end in found:
        spans[example.text[start:end]].append((start, end))
    return spans


def unlabelled(data: Path, corpora: Path) -> list[Example]:
    """Sentences of newsletters and of CoNLL-2003's training part with two to four actors, two of them drawn as A and B.

    Newsletters of which a labelled sentence stands in the dev or test part are left out. Labels are -1.
    """
    labelled = rows_of(corpora / "frames/real.jsonl")
    held = {row["document"] for row in labelled if row["split"] != "train"}
    seen = {row["sha256"] for row in labelled}
    sources = [(sentence, named_actors(sentence)) for document, text in newsletters(data / "corpora/ainews-2023-2024.jsonl.gz").items()
               if document not in held for sentence in newsletter_sentences(text)]  # fmt: skip
    sources += [(example.text, organisations(example)) for example in read_conll(data / "ner/conll2003-train.tsv")]
    rng, examples = random.Random(3), []
    for text, spans in sources:
        normal = re.sub(r"[^a-z]+", " ", text.lower()).strip()
        if len(text) not in LENGTHS or not 2 <= len(spans) <= 4 or normal in seen or fingerprint(text) in seen:
            continue
        seen.add(normal)
        first, second = rng.sample(sorted(spans), 2)
        a, b = spans[first], spans[second]
        examples.append(Example(text, targets=[(a, -1), (b, -1)], pairs=[(a, b, -1, -1)], pair_name=f"{first}|{second}"))
    return examples
