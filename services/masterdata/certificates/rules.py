"""Whether a certificate's number can be true. Pure. Source: compliance.md 1.5 (Order 47)."""

import re
import unicodedata
from datetime import date

from services.masterdata.masters.rules import Fault
from shared.i18n import Bilingual

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
REGISTRATION = re.compile(rf"^(国|[{PROVINCES}])械注(准|进|许)(\d{{4}})([1-3])(\d{{2}})(\d{{4}})$")
FILING = re.compile(rf"^(国|[{PROVINCES}])([\u4e00-\u9fa5]{{0,2}})械备(\d{{4}})(\d{{4,5}})号?$")
FIRST_YEAR = 2014  # the numbering of Order 4, kept by Order 47
FILED_CLASS = 1
PROVINCE_CLASS = 2
STATE_CLASS = 3

MALFORMED = Bilingual(
    "This is neither a registration number (国械注准20233130399) nor a filing number",
    "既不是注册证编号（如 国械注准20233130399）也不是备案编号",
)
WRONG_YEAR = Bilingual(
    "The number's year must lie between 2014 and this year", "编号中的年份须在 2014 年至今年之间"
)
WRONG_CLASS = Bilingual(
    "The class digit differs from the device class", "编号中的管理类别与器械类别不一致"
)
WRONG_AUTHORITY = Bilingual(
    "准: the state registers class III, a province class II; 进 and 许 come from the state alone",
    "“准”字：国家局为第三类，省局为第二类；“进”“许”字仅由国家局核发",
)
FILING_IS_CLASS_ONE = Bilingual("A filing stands for class I alone", "备案凭证仅适用于第一类器械")
END_MISSING = Bilingual(
    "A class II or III certificate needs its last valid day", "第二、三类注册证必须有有效期至"
)


def normalised(number: str) -> str:
    """Full-width characters narrowed and blanks dropped; the printed form is the caller's."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", number))


def number_fault(number: str, device_class: int, today: date) -> tuple[str, Bilingual] | None:
    """What is wrong with a normalised number for a device class (REQ-01); None: nothing."""
    if (filing := FILING.match(number)) is not None:
        if device_class != FILED_CLASS:
            return "filing_is_class_one", FILING_IS_CLASS_ONE
        return None if FIRST_YEAR <= int(filing[3]) <= today.year else ("wrong_year", WRONG_YEAR)
    found = REGISTRATION.match(number)
    if found is None:
        return "malformed_number", MALFORMED
    authority, how, year, digit = found[1], found[2], int(found[3]), int(found[4])
    if not FIRST_YEAR <= year <= today.year:
        return "wrong_year", WRONG_YEAR
    state = authority == "国"
    expected = {STATE_CLASS if state else PROVINCE_CLASS} if how == "准" else {2, 3}
    if digit not in expected or (how != "准" and not state):
        return "wrong_authority", WRONG_AUTHORITY
    return None if digit == device_class else ("wrong_class", WRONG_CLASS)


def faults_of(
    place: int, number: str, device_class: int, valid_to: date | None, today: date
) -> list[Fault]:
    """Everything that stands against one certificate (REQ-01, REQ-02)."""
    faults: list[Fault] = []
    if (wrong := number_fault(number, device_class, today)) is not None:
        faults.append(Fault(place, "number", *wrong, value=number))
    if device_class > FILED_CLASS and valid_to is None:
        faults.append(Fault(place, "valid_to", "end_missing", END_MISSING))
    return faults
