"""What a person reads for each code of masterdata."""

from shared.i18n import Bilingual, Labels

NOUNS = {
    "unit": Bilingual("units", "计量单位"),
    "item": Bilingual("items", "物料"),
    "supplier": Bilingual("suppliers", "供应商"),
    "source": Bilingual("approved sources", "货源"),
    "customer": Bilingual("customers", "客户"),
    "certificate": Bilingual("certificates", "注册证"),
    "bom": Bilingual("bills of materials", "物料清单"),
    "routing": Bilingual("routings", "工艺路线"),
    "work_centre": Bilingual("work centres", "工作中心"),
    "rate": Bilingual("exchange rates", "汇率"),
}
READ, WRITE = Bilingual("See", "查看"), Bilingual("Enter and change", "录入和修改")
RESEND = Bilingual("Tell again", "重新发布")


def permissions_of(noun: str, name: Bilingual) -> Labels:
    """The labels of the three permissions that every master has."""
    verbs = {"read": READ, "write": WRITE, "resend": RESEND}
    return {
        f"masterdata.{noun}.{verb}": Bilingual(f"{said.en} {name.en}", f"{said.zh}{name.zh}")
        for verb, said in verbs.items()
    }


LABELS: dict[str, Bilingual] = {
    label: text
    for noun, name in NOUNS.items()
    for label, text in permissions_of(noun, name).items()
} | {
    "masterdata.supplier.qualify": Bilingual("Record supplier qualifications", "登记供应商资质"),
    "masterdata.customer.license": Bilingual("Record customer licences", "登记客户资质"),
    "masterdata.bom.release": Bilingual("Release bills of materials", "发布物料清单"),
    "masterdata.company.read": Bilingual("See the company's data", "查看公司资料"),
    "masterdata.company.write": Bilingual("Enter the company's data", "录入公司资料"),
    "masterdata.import.run": Bilingual("Import master data", "导入主数据"),
    "release": Bilingual("Release", "发布"),
    "draft": Bilingual("Draft", "草稿"),
    "released": Bilingual("Released", "已发布"),
    "raw": Bilingual("Raw material", "原材料"),
    "purchased": Bilingual("Purchased part", "外购件"),
    "manufactured": Bilingual("Manufactured part", "自制件"),
    "finished": Bilingual("Finished product", "产成品"),
    "lot": Bilingual("By lot", "按批号管理"),
    "serial": Bilingual("By serial number", "按序列号管理"),
    "ambient": Bilingual("Ambient", "常温"),
    "cool": Bilingual("Cool", "阴凉"),
    "cold": Bilingual("Cold", "冷藏"),
    "frozen": Bilingual("Frozen", "冷冻"),
    "flammable": Bilingual("Flammable", "易燃"),
    "secure": Bilingual("Secure", "专柜"),
    "hospital": Bilingual("Hospital", "医院"),
    "distributor": Bilingual("Distributor", "经销商"),
    "export": Bilingual("Export customer", "出口客户"),
    "business_licence": Bilingual("Business licence", "营业执照"),
    "production_licence": Bilingual("Production licence", "生产许可证"),
    "distribution_licence": Bilingual("Distribution licence", "经营许可证"),
    "practice_licence": Bilingual(
        "Practice licence of a medical institution", "医疗机构执业许可证"
    ),
    "import_permit": Bilingual("Import permit", "进口许可"),
    "iso_13485": Bilingual("ISO 13485 certificate", "ISO 13485 认证"),
    "gmp": Bilingual("GMP certificate", "GMP 认证"),
    "authorisation": Bilingual("Authorisation", "授权书"),
    "quality_agreement": Bilingual("Quality agreement", "质量协议"),
}
