"""Who speaks: what stands before a colon at the beginning of a line, and whether it is a voice of the text."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

LONGEST_NAME = 60  # "Professor Ingrid Alexandra Solvang, keeper of the timetable" has 59 characters
MOST_WORDS = 6
LONGEST_ABBREVIATION = 4  # "Prof." is one, "Hello." ends a sentence
LONGEST_UNCASED_NAME = 12  # a longer word without capitals or spaces is a Chinese or Japanese sentence

INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"  # for a class in a pattern
_COLONS = ":\ufe55\uff1a"
_SPACE = rf"[\s{INVISIBLE}]"
# An address, "::", and smileys have a colon too.
_LABEL = re.compile(
    rf"{_SPACE}*+(?P<name>[^\W\d_][^{_COLONS}()\[\]]{{0,{LONGEST_NAME - 1}}}?){_SPACE}{{0,3}}"
    rf"(?P<aside>[(\[][^()\[\]]{{1,40}}[)\]])?{_SPACE}{{0,3}}[{_COLONS}](?![/\\:)]|-\))"
)
_QUESTION_MARK_AT_END = re.compile(r"[?\u037e\u055e\u061f\u2047-\u2049\ufe56\uff1f][^\w]*\Z")
_SIGNS_IN_NAMES = frozenset("'.-\u00ad\u00b7\u02bc\u2010\u2011\u2018\u2019\u200c\u200d")
_QUOTES = "\"'\u00ab\u00bb\u2018\u2019\u201c\u201d\u201e"
# Word lists are written as text: hundreds of quoted words would be harder to read and to add to.
_AND = frozenset("& and e et i och og und y и і".split())  # noqa: SIM905
_PARTICLES = _AND | frozenset(
    "af al av bin binti da de del den der di dos du el ibn la le of ter the van von".split()  # noqa: SIM905
)
# Credits, the head of a mail, verbs of saying and the openings of sentences stand before a colon and are nobody.
_NOBODY = frozenset(
    """
    also and attachment bcc but caption cc conclusion copyright correction credit date e-mail edit editing email
    example fact finally first from fw fwd however illustration image introduction link mail mailto maybe nb no note
    now of on or phone photo photographs photography photos picture pictures ps re read remember result second
    sent so source sources subject summary tel text then the therefore third thus title to translated translation
    update url video warning web website well yes
    altså bilde bilder bildetekst dato eksempel emne fakta foto fotograf fra først illustrasjon ingress ja kilde
    kilder konklusjon kopi les men merk nei nå obs og oppdatert oversatt oversettelse rettelse sendt sv så tekst
    tema til tittel tlf vedlegg
    вложение вывод да дата иллюстрация источник итак кому копия нет но от отправлено перевод пример примечание
    ссылка текст телефон тема фото фотография
    أجاب أجابت أضاف أضافت أقول إلى التاريخ الترجمة الخلاصة الصورة المصدر الموضوع النتيجة النص تاريخ ترجمة تصوير
    تقول ثم رابط صورة فقال فقالت فقلت قال قالت قلت لأن لا لكن له لها لي مثال مثلا مصدر ملاحظة من موضوع نص نعم
    هاتف والنتيجة وقال وقالت وقلت ويقول يقول
    """.split()  # noqa: SIM905
)
_SIDES = (
    *(("q", "a"), ("q", "r"), ("question", "answer"), ("question", "réponse"), ("frage", "antwort")),
    *(("spørsmål", "svar"), ("spm", "svar"), ("spm", "sv"), ("fråga", "svar"), ("spørgsmål", "svar")),
    *(("в", "о"), ("вопрос", "ответ"), ("питання", "відповідь"), ("pregunta", "respuesta")),
    *(("س", "ج"), ("سؤال", "جواب"), ("السؤال", "الجواب"), ("问", "答"), ("問", "答")),
)
_SIDE_WORDS = frozenset(word for side in _SIDES for word in side)
# Alone, "A:" may be Anna; "Svar:" is nobody's name.
_SURE_SIDE_WORDS = frozenset(word for word in _SIDE_WORDS if len(word) > 2) | {"q", "س", "问", "問"}


class Label(NamedTuple):
    """What stands before a colon: a name as typed, its `key` for comparing, and what is said after it."""

    name: str
    key: str
    said: str
    is_firm: bool  # looks like a name by itself; another has to return before it is believed


def label_of(line: str) -> Label | None:
    """The label that the line could begin with; None when what stands before the colon can be nobody's name."""
    found = _LABEL.match(line)
    if not found or (found["name"][-1].isdecimal() and line[found.end() :][:1].isdecimal()):
        return None  # the second is a time of day, "At 10:30"
    key, is_firm = _voice(found["name"])
    return Label(found["name"], key, f"{found['aside'] or ''}{line[found.end() :]}", is_firm) if key else None


def asks(text: str) -> bool:
    """Does the text end in a question mark, in quotes or brackets perhaps?"""
    return bool(_QUESTION_MARK_AT_END.search(text[-6:]))


def voices(labels: Sequence[Label], *, lines: int, dashes: int) -> frozenset[str]:
    """The keys of the labels that are voices, in a text of so many written lines and lines that begin with a dash."""
    keys = {label.key for label in labels}
    full_name = full_names(keys)
    turns = Counter(full_name.get(label.key, label.key) for label in labels)
    established = {key for key in keys if turns[full_name.get(key, key)] > 1}.union(*sides(keys))
    labels_carry_the_text = 2 * len(labels) >= lines
    believed = {label.key for label in labels if label.is_firm or labels_carry_the_text} | established
    if len(established) > 1 or (not established and (dashes > len(labels) or len(labels) == 1)):
        ahead = takewhile(lambda label: label.key not in established, labels)
        headlines = {label.key for label in ahead if label.said and not asks(label.said)}  # "The sea: a life"
        believed -= headlines
    return frozenset(believed)


def sides(keys: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The keys that stand for the question and those that stand for the answer, not for a person: Q and A."""
    asking = {ask for ask, answer in _SIDES if ask in keys and (ask in _SURE_SIDE_WORDS or answer in keys)}
    answering = {answer for ask, answer in _SIDES if answer in keys and (answer in _SURE_SIDE_WORDS or ask in keys)}
    return frozenset(asking), frozenset(answering)


def full_names(keys: Collection[str]) -> dict[str, str]:
    """The key of several words that each of its words, or its initials, alone can mean: brekke or jb, jonas brekke."""
    meant: dict[str, str] = {}
    for key in keys:
        words = key.split()
        short_forms = {*words, "".join(word[0] for word in words)} if len(words) > 1 and _AND.isdisjoint(words) else ()
        for short in short_forms:
            meant[short] = "" if short in meant else key
    return {short: key for short, key in meant.items() if key}


@lru_cache(maxsize=1024)  # a long interview repeats two
def _voice(name: str) -> tuple[str, bool]:
    """The name's key, '' when it can be nobody's, and whether it looks like a name by itself."""
    person, comma, _role = name.replace("\u060c", ",").partition(",")
    words = person.split()
    if not words or len(words) > MOST_WORDS:
        return "", False
    return _key(words), _is_name(words) and (not comma or len(words) > 1)


def _key(words: Sequence[str]) -> str:
    """The words in one spelling, a side word without its number; '' when they can be nobody's name."""
    if not all(map(_is_word, words[:-1] if _is_numbered(words) else words)):
        return ""
    bare = "".join(c for c in unicodedata.normalize("NFKC", " ".join(words)).casefold() if c not in ".\u00ad")
    stem = bare.rstrip("0123456789 ")
    if stem in _SIDE_WORDS:
        return stem
    return "" if _is_in_a_sentence(words) or _is_nobody(bare.split()) else bare


def _is_nobody(words: Sequence[str]) -> bool:
    """Nothing but words that are no names; where no capital tells a name, one in front is enough: "قالت أمي"."""
    names = [word for word in words if len(words) == 1 or word not in _PARTICLES]
    return all(name in _NOBODY for name in names[: 1 if _case(words[0]) == "none" else None])


def _is_numbered(words: Sequence[str]) -> bool:
    return len(words) > 1 and words[-1].isdecimal()


def _is_word(word: str) -> bool:
    bare = word.strip(_QUOTES)
    if word == "&" or not bare[:1].isalpha():
        return word == "&"
    if "." in bare and max(map(len, bare.split("."))) > LONGEST_ABBREVIATION:
        return False
    return all(c.isalnum() or c in _SIGNS_IN_NAMES or unicodedata.category(c)[0] == "M" for c in bare)


def _cases(words: Sequence[str]) -> set[str]:
    return {_case(word) for word in words if len(words) == 1 or word.casefold() not in _PARTICLES}


def _case(word: str) -> str:
    if any(map(str.isupper, word)):
        return "capital"
    return "small" if any(map(str.islower, word)) else "none"


def _is_in_a_sentence(words: Sequence[str]) -> bool:
    """Small words beside capitals, or three of them, are how a sentence looks: "He said", "one more thing"."""
    cases = _cases(words)
    return "small" in cases and (len(cases) > 1 or len(words) > 2)


def _is_name(words: Sequence[str]) -> bool:
    """Capitals throughout, as in "Ingrid van Dyk" and "DR. A. BERG"; a script without them leaves one short word."""
    if _is_numbered(words):
        return False
    if _cases(words) == {"capital"}:
        return _case(words[0]) == "capital"
    return _cases(words) == {"none"} and len(words) == 1 and len(words[0]) <= LONGEST_UNCASED_NAME
