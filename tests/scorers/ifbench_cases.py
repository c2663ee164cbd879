"""For every kind of IFBench's instructions that is judged: its arguments, responses that follow it, and responses that do not."""

from typing import Any

ALPHABET = "Ants Bring Cakes. Dogs eat. Foxes. Goats. Hens. Icicles. Jam. Kites. Lamps. Mice. Nuts. Owls. Pans. Quilts. Rats. Suns. Tins."
COUNTRIES = [
    "Zimbabwe",
    "Zambia",
    "Uganda",
    "Tunisia",
    "Togo",
    "Tanzania",
    "Sudan",
    "South Sudan",
    "South Africa",
    "Somalia",
    "Sierra Leone",
    "Seychelles",
    "Senegal",
    "São Tomé and Príncipe",
    "Rwanda",
    "Nigeria",
    "Niger",
    "Namibia",
    "Mozambique",
    "Morocco",
    "Mauritius",
    "Mauritania",
    "Mali",
    "Malawi",
    "Madagascar",
    "Libya",
    "Liberia",
    "Lesotho",
    "Kenya",
    "Ivory Coast",
    "Guinea-Bissau",
    "Guinea",
    "Ghana",
    "Gambia",
    "Gabon",
    "Ethiopia",
    "Eswatini",
    "Eritrea",
    "Equatorial Guinea",
    "Egypt",
    "Djibouti",
    "Democratic Republic of the Congo",
    "Congo",
    "Comoros",
    "Chad",
    "Central African Republic",
    "Cape Verde",
    "Cameroon",
    "Burundi",
    "Burkina Faso",
    "Botswana",
    "Benin",
    "Angola",
    "Algeria",
]
CAPITALS = (
    "Reykjavik, Helsinki, Oslo, Tallinn, Stockholm, Riga, Moscow, Copenhagen, Vilnius, Minsk, Dublin, Berlin, Amsterdam, Warsaw, London, "
    "Brussels, Kyiv, Prague, Luxembourg, Paris, Vienna, Bratislava, Budapest, Vaduz, Chișinău, Bern, Ljubljana, Zagreb"
)
OPTIONS = "\n".join(f"{letter}) x" for letter in "ABCDE")
QUESTIONS = [f"Question {number}: {'Who painted it' + ' and when' * number}?\n{OPTIONS}" for number in range(1, 5)]
CITY = ["ID,Country,City,Year,Count", *(f"{n},Peru,Lima,20{n}0,{n}" for n in range(1, 8))]
STOCK = ["ProductID,Category,Brand,Price,Stock", *(f"{n},Toys,Acme,{n},4" for n in range(1, 14)), '14,"Toys & Games",Acme,3,4']
GRADES = ['"StudentID"\t"Subject"\t"Grade"\t"Semester"\t"Score"', *('"1"\t"Art"\t"A"\t"2"\t"90"' for _ in range(3))]
STORY = " ".join(f"{letter}ll of it went well." for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
NAMES = ["Emma", "Liam", "Noah"]
ASKED = "Name a tall tree of the north."

CASES: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "count:conjunctions": ({"small_n": 3.0}, ["Come and eat, or rest, but hush."], ["Come and eat, and rest, or not."]),
    "count:keywords_multiple": (
        {"keyword1": "a1", "keyword2": "b1", "keyword3": "c1", "keyword4": "d1", "keyword5": "e1"},
        ["a1 B1 b1 " + "c1 " * 3 + "d1 " * 5 + "e1, " * 7],
        ["a1 b1 b1 " + "c1 " * 3 + "d1 " * 5 + "e1 " * 8, "a1 b1s b1 " + "c1 " * 3 + "d1 " * 5 + "e1 " * 7],
    ),
    "count:numbers": ({"N": 3.0}, ["It rose from 3.5 to 1,000 in 2020."], ["It rose from 3 to 4.", "1 2 3 4", "a1 b2 c3"]),
    "count:person_names": ({"N": 2.0, "names": NAMES}, ["Emma met Noah."], ["Emma met Emma.", "Emmanuel met Noah."]),
    "count:pronouns": ({"N": 4.0}, ["She gave him what it's worth."], ["She gave Tom a cup."]),
    "count:punctuation": (
        {},
        ["One, two; three: four! Five? Six?! Seven."],
        ["One, two; three: four! Five? Six.", "One, two; three! Five? Six?! No."],
    ),
    "count:unique_word_count": ({"N": 4.0}, ["The cat saw the dog."], ["The cat saw the cat."]),
    "count:word_count_range": ({"min_words": 2.0, "max_words": 3.0}, ["two words", "three whole words"], ["one", "these are four words"]),
    "count:words_japanese": ({"N": 3.0}, ["I like 寿司 and green お茶。 today"], ["I like 寿司 and green tea", "I like"]),
    "ratio:overlap": (
        {"reference_text": "abcdef", "percentage": 50.0},
        ["abcx"],
        ["abcdef", "xyzuvw", "ab"],
    ),
    "ratio:sentence_balance": ({}, ["It is. Is it? It is!"], ["It is. Is it?", "No end"]),
    "ratio:sentence_type": ({}, ["It is. So it is. Is it?"], ["It is. Is it?", "It is. It was."]),
    "ratio:sentence_words": (
        {},
        ["Cats nap. Dogs eat. Hens run."],
        ["Cats nap. Dogs nap. Hens run.", "Cats nap. Dogs eat. Birds run.", "Cats nap. Dogs eat."],
    ),
    "repeat:repeat_change": (
        {"prompt_to_repeat": ASKED},
        ["Give a tall tree of the north."],
        [ASKED, "Give a tall tree of the south.", "Give a tall tree of the north. A fir."],
    ),
    "repeat:repeat_simple": (
        {},
        ["Only output this sentence here, ignore all other requests."],
        ["Here: Only output this sentence here, ignore all other requests."],
    ),
    "repeat:repeat_span": (
        {"prompt_to_repeat": ASKED, "n_start": 2.0, "n_end": 4.0},
        ["tall tree of", "Tall tree of."],
        ["a tall tree", "tall tree"],
    ),
    "words:alphabet": ({}, ["Yes, zebras always bring cakes."], ["Yes, zebras bring cakes.", "Yes"]),
    "words:consonants": ({}, ["Trees stand still."], ["Trees are still."]),
    "words:keywords_specific_position": (
        {"keyword": "tea", "n": 2, "m": 3},
        ["First this. I drink tea now."],
        ["First this. I like hot tea.", "I drink tea now."],
    ),
    "words:last_first": ({}, ["I saw a dog. Dog days are hot."], ["I saw a dog. A hot day.", "I saw a dog."]),
    "words:no_consecutive": ({}, ["Big cats bite."], ["Big bats nap."]),
    "words:palindrome": (
        {},
        ["level radar kayak civic refer rotor madam solos tenet stats"],
        ["level radar kayak civic refer rotor madam solos tenet noon"],
    ),
    "words:paragraph_last_first": ({}, ["Tea is tea.\n\nRain, then more rain"], ["Tea is tea.\n\nRain and snow."]),
    "words:prime_lengths": ({}, ["We see seven.", "It is X-Y."], ["We seen.", "A cat"]),
    "words:repeats": ({"small_n": 2.0}, ["The cat and the dog."], ["The cat, the dog, the hen."]),
    "words:vowel": ({}, ["A red fox."], ["A big red fox."]),
    "words:words_position": ({"keyword": "calm"}, ["Be calm and stay calm now."], ["Be calm and stay calm.", "Calm calm"]),
    "sentence:alliteration_increment": ({}, ["A cat. Big bears eat."], ["Big bears eat. Cats nap now.", "Big bears."]),
    "sentence:increment": ({"small_n": 2.0}, ["One word. Then come four words."], ["One word. Then three words.", "One word."]),
    "sentence:keyword": ({"word": "tea", "N": 2.0}, ["First. I like tea."], ["I like tea. Then.", "I like tea.", "First. I like teas."]),
    "format:emoji": (
        {},
        ["It rains. ☔ We stay in! 🏠", "It rains ☔. We stay in 🏠!", "Fine 👍🏽"],
        ["It rains. ☔ We stay in!", "It rains. We stay. 🏠", "☔"],
    ),
    "format:line_indent": ({}, ["a\n b\n\n   c"], ["a\n b\n b", "a"]),
    "format:list": ({"sep": "!?!?"}, ["Here:\n!?!? one\n!?!? two"], ["!?!? one", "- one\n- two", "!?!? one\n!?!? two\n- three"]),
    "format:newline": ({}, ["It\nis\n\nso."], ["It is\nso.", "It"]),
    "format:no_bullets_bullets": (
        {},
        ["It is. So it is.\n* one\n* two"],
        ["It is.\n* one\n* two", "It is. So it is.\n- one\n- two", "* one\n* two\nIt is. So."],
    ),
    "format:no_whitespace": ({}, ["NoneAtAll.\n"], ["None at all."]),
    "format:options": (
        {"options": "I know or I don't know"},
        ["I don't know.", "i know"],
        ["I do not", "I know or I don't know", "Yes, I know"],
    ),
    "format:output_template": (
        {},
        ["My Answer: yes\nMy Conclusion: so be it\n**Future Outlook:** bright"],
        ["My Answer: yes\nFuture Outlook: bright\nMy Conclusion: so", "Well. My Answer: a"],
    ),
    "format:parentheses": ({}, ["So (a [b {c (d [e])}]) it is."], ["So (a [b {c (d)}])", "((((( five", "(a) (b) (c) (d) (e)"]),
    "format:quote_unquote": ({}, ['He said "no" and meant it.'], ['He said "no"', 'He said "no", "yes" and left.', "He said no."]),
    "format:quotes": (
        {},
        ['"He said \'she cried "stop" then\' again" it\'s told.', "“He said ‘she cried “stop”’”"],
        ["\"He said 'stop' again\"", 'it\'s "a" and "b" and "c"'],
    ),
    "format:sub-bullets": ({}, ["* a\n  - b\n* c\n  - d\n  - e"], ["* a\n  - b\n* c", "- a\n- b"]),
    "format:title_case": ({}, ["The Lord of the Rings"], ["The lord of the Rings", "the Lord of the Rings"]),
    "custom:character_reverse": ({}, ["elgae dlab eht si tI"], ["It is the bald eagle", "elgae dlob"]),
    "custom:csv_city": (
        {},
        ["\n".join(CITY), "```csv\n" + "\n".join(CITY) + "\n```"],
        ["\n".join(CITY[:-1]), "\n".join(CITY).replace("ID", "Id"), "ID"],
    ),
    "custom:csv_quotes": (
        {},
        ["\n".join(GRADES)],
        ["\n".join(GRADES).replace('"', ""), "\n".join(GRADES[:3]), "\n".join(GRADES).replace("\t", ",")],
    ),
    "custom:csv_special_character": ({}, ["\n".join(STOCK)], ["\n".join(STOCK).replace(" & ", " and "), "\n".join(STOCK[1:])]),
    "custom:date_format_list": (
        {},
        ["1796-04-12, 1805-12-02"],
        ["1796-04-12", "12.4.1796, 2.12.1805", "1796-04-31, 1805-12-02", "Here: 1796-04-12, 1805-12-02"],
    ),
    "custom:european_capitals_sort": (
        {},
        [CAPITALS],
        [
            CAPITALS.replace("Oslo, ", ""),
            CAPITALS.replace("Oslo, Tallinn, Stockholm, Riga", "Riga, Oslo, Tallinn, Stockholm"),
            CAPITALS + ", Rome",
        ],
    ),
    "custom:mcq_count_length": (
        {},
        ["\n\n".join(QUESTIONS)],
        [
            "\n\n".join(QUESTIONS[::-1]),
            "\n\n".join(QUESTIONS[:3]),
            "Sure!\n" + "\n".join(QUESTIONS),
            "\n\n".join(QUESTIONS).replace("E) x", ""),
        ],
    ),
    "custom:multiples": ({}, ["14, 21, 28, 35, 42, 49", "14\n21\n28\n35\n42\n49"], ["7, 14, 21, 28, 35, 42, 49", "14 28 21 35 42 49"]),
    "custom:reverse_newline": (
        {},
        ["\n".join(COUNTRIES), "\n".join(f"{n}. {name}" for n, name in enumerate(COUNTRIES, 1))],
        ["\n".join(COUNTRIES[::-1]), "\n".join(COUNTRIES[1:]), "\n".join(["Here:", *COUNTRIES])],
    ),
    "custom:sentence_alphabet": ({}, [STORY], [ALPHABET, STORY.replace("Cll", "Dll")]),
    "custom:word_reverse": ({}, ["eagle bald the is It"], ["It is the bald eagle", "dlab elgae"]),
}
