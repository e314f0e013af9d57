"""Names of 1C:Accounting for Kazakhstan, edition 3.0, as its published metadata has them. Nothing else is sent."""

from __future__ import annotations

ACCOUNTS = "ChartOfAccounts_Типовой"
TAX_ACCOUNTS = "ChartOfAccounts_Налоговый"
RUSSIAN_ACCOUNTS = "ChartOfAccounts_Хозрасчетный"
ORGANISATIONS = "Catalog_Организации"
TAXES = "Catalog_НалогиСборыОтчисления"
DOCUMENT = "Document_ОтражениеНалоговойОтчетностиВРеглУчете"
ROWS = "ОтражениеВУчете"
ROW_TYPE = f"{DOCUMENT}_{ROWS}_RowType"
EMPTY = "00000000-0000-0000-0000-000000000000"
SUBCONTOS = 3

READ: dict[str, tuple[str, ...]] = {
    ACCOUNTS: ("Ref_Key", "Code", "DeletionMark", "ЗапретитьИспользоватьВПроводках", "СчетНУ_Key"),
    TAX_ACCOUNTS: ("Ref_Key", "Code", "DeletionMark", "ЗапретитьИспользоватьВПроводках"),
    ORGANISATIONS: ("Ref_Key", "Description", "DeletionMark", "ИдентификационныйНомер"),
    TAXES: ("Ref_Key", "Code", "Description", "DeletionMark", "КодБК", "СчетУчетаРасчетовСКонтрагентомБУ_Key"),
    DOCUMENT: ("Ref_Key", "Date", "Posted", "DeletionMark", "Организация_Key", "СуммаДокумента", "Комментарий"),
}
"""Sets and the fields that must be published."""

ROW_FIELDS = (
    "LineNumber",
    "Период",
    "ВидНалога_Key",
    "КодБК",
    "СчетЗатратБУ_Key",
    "СчетНалогаБУ_Key",
    "СчетЗатратНУ_Key",
    "СчетНалогаНУ_Key",
    "Сумма",
    "Содержание",
)
"""Fields of a row of the document."""
