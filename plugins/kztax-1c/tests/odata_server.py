"""A base of 1C over HTTP, for tests: it publishes what a Kazakh base publishes, and refuses what that does not know."""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import quoteattr

EMPTY = "00000000-0000-0000-0000-000000000000"
DOCUMENT = "Document_ОтражениеНалоговойОтчетностиВРеглУчете"
ROWS = "ОтражениеВУчете"
ROW_TYPE = f"{DOCUMENT}_{ROWS}_RowType"
USER, PASSWORD = "Айгуль-7", "тайна-7f3a"

# Names and types as the metadata of a base of edition 3.0 has them; sets that these tests do not touch are left out.
ACCOUNT = {
    "Ref_Key": "Guid",
    "PredefinedDataName": "String",
    "DataVersion": "String",
    "Parent_Key": "Guid",
    "Description": "String",
    "Code": "String",
    "Order": "String",
    "OffBalance": "Boolean",
    "DeletionMark": "Boolean",
    "Type": "String",
    "ЗапретитьИспользоватьВПроводках": "Boolean",
    "Комментарий": "String",
    "Количественный": "Boolean",
}
LISTED = {
    "Ref_Key": "Guid",
    "PredefinedDataName": "String",
    "DataVersion": "String",
    "Description": "String",
    "Code": "String",
    "DeletionMark": "Boolean",
}
PUBLISHED: dict[str, dict[str, str]] = {
    "ChartOfAccounts_Типовой": {**ACCOUNT, "СчетНУ_Key": "Guid", "Валютный": "Boolean"},
    "ChartOfAccounts_Налоговый": {**ACCOUNT, "ВестиУчетВременныхРазниц": "Boolean"},
    "Catalog_Организации": {
        **LISTED,
        "ИдентификационныйНомер": "String",
        "КБЕ": "String",
        "НалоговыйКомитет_Key": "Guid",
    },
    "Catalog_НалогиСборыОтчисления": {
        **LISTED,
        "КодБК": "String",
        "КодНазначенияПлатежа": "String",
        "Контрагент_Key": "Guid",
        "СчетУчетаРасчетовСКонтрагентомБУ_Key": "Guid",
        "СчетУчетаРасчетовСКонтрагентомНУ_Key": "Guid",
        "НазначениеПлатежа": "String",
    },
    "Catalog_СтатьиЗатрат": LISTED,
    DOCUMENT: {
        "Ref_Key": "Guid",
        "DataVersion": "String",
        "Number": "String",
        "Date": "DateTime",
        "DeletionMark": "Boolean",
        "Posted": "Boolean",
        "Автор_Key": "Guid",
        "Комментарий": "String",
        "Организация_Key": "Guid",
        "Ответственный_Key": "Guid",
        "СуммаДокумента": "Double",
        "РучнаяКорректировка": "Boolean",
        "ДокументОснование_Key": "Guid",
        "ВидУчетаНУ_Key": "Guid",
        "УчитыватьКПН": "Boolean",
        "СтруктурноеПодразделение_Key": "Guid",
    },
    ROW_TYPE: {
        "LineNumber": "Int64",
        "Период": "DateTime",
        "ВидНалога_Key": "Guid",
        "КодБК": "String",
        "СчетЗатратБУ_Key": "Guid",
        **{f"СубконтоЗатратБУ{number}{end}": "String" for number in (1, 2, 3) for end in ("", "_Type")},
        "СчетНалогаБУ_Key": "Guid",
        "ВидПлатежаВБюджет": "String",
        "СчетЗатратНУ_Key": "Guid",
        **{f"СубконтоЗатратНУ{number}{end}": "String" for number in (1, 2, 3) for end in ("", "_Type")},
        "СчетНалогаНУ_Key": "Guid",
        "Сумма": "Double",
        "Содержание": "String",
        "СтруктурнаяЕдиница": "String",
        "СтруктурнаяЕдиница_Type": "String",
        "НалоговыйКомитет_Key": "Guid",
        "ФизЛицо_Key": "Guid",
        "СуммаДохода": "Double",
    },
}
RUSSIAN = {"ChartOfAccounts_Хозрасчетный": ACCOUNT, "Catalog_Контрагенты": {**LISTED, "ИНН": "String", "КПП": "String"}}
_SHAPES: dict[str, Any] = {
    "Guid": lambda value: isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value),
    "DateTime": lambda value: isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value),
    "Double": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "Int64": lambda value: isinstance(value, str) and value.isdecimal(),
    "String": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
}


def key(number: int) -> str:
    """A key that says which row it is."""
    return f"00000000-0000-4000-8000-{number:012d}"


def account(number: int, code: str, **fields: Any) -> dict[str, Any]:
    """A row of a chart of accounts."""
    stated = {"Ref_Key": key(number), "Code": code, "Description": code, "DeletionMark": False}
    return {**stated, "ЗапретитьИспользоватьВПроводках": False, "СчетНУ_Key": EMPTY, **fields}


def tax(number: int, description: str, budget_code: str, **fields: Any) -> dict[str, Any]:
    """A row of the list of taxes."""
    stated = {"Ref_Key": key(number), "Code": f"{number:09d}", "Description": description, "DeletionMark": False}
    return {**stated, "КодБК": budget_code, "СчетУчетаРасчетовСКонтрагентомБУ_Key": EMPTY, **fields}


class Base1C:
    """What the base holds and how it misbehaves."""

    def __init__(self) -> None:
        self.published = dict(PUBLISHED)
        self.sets: dict[str, list[dict[str, Any]]] = {
            "ChartOfAccounts_Типовой": [
                account(1, "7710", СчетНУ_Key=key(11)),
                account(2, "3110", СчетНУ_Key=key(12)),
                account(3, "8410"),
                account(4, "3230"),
                account(5, "3130", ЗапретитьИспользоватьВПроводках=True),
                account(6, "3230", DeletionMark=True),
            ],
            "ChartOfAccounts_Налоговый": [account(11, "7710Н"), account(12, "3110Н"), account(13, "8410Н")],
            "Catalog_Организации": [
                {
                    "Ref_Key": key(21),
                    "Description": "ТОО Майнер",
                    "DeletionMark": False,
                    "ИдентификационныйНомер": "090140001235",
                }
            ],
            "Catalog_НалогиСборыОтчисления": [
                tax(31, "Корпоративный подоходный налог", "101111"),
                tax(32, "Плата за цифровой майнинг", "105317"),
                tax(33, "НДС", "105101"),
                tax(34, "НДС (старый)", "105101"),
            ],
            "Catalog_СтатьиЗатрат": [
                {"Ref_Key": key(41), "Description": "Плата за майнинг", "Code": "000000041", "DeletionMark": False}
            ],
            DOCUMENT: [],
        }
        self.page_for_people = False
        self.status: int | None = None
        self.version = "3.0;"
        self.answers: dict[str, Any] | bytes | None = None
        self.metadata_head = ""
        self.silent_after_write = False
        self.silent_before_write = 0
        self.silent_posts = False
        self.drops_reads = 0
        self.silence = 1.0
        self.change: Any = lambda document: document
        self.posts = True
        self.writes = 0
        self.requests: list[str] = []
        self.wrong_user = False

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The documents that were written."""
        return self.sets[DOCUMENT]


class Handler(BaseHTTPRequestHandler):
    base: Base1C
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        base = self.base
        resource, options = self._asked()
        if base.drops_reads:
            base.drops_reads -= 1
            self.close_connection = True
            return
        if not self._is_let_in():
            return
        if resource == "$metadata":
            self._answer(200, metadata(base).encode(), "application/xml;charset=utf-8")
            return
        if resource not in base.sets:
            self._error(404, "Сущность не найдена")
            return
        assert options["$format"] == ["json"]
        found = re.fullmatch(r"(\w+) eq (?:guid)?'((?:[^']|'')*)'", options["$filter"][0])
        assert found is not None, options
        field, value = found[1], found[2].replace("''", "'")
        rows = [row for row in base.sets[resource] if str(row.get(field)) == value]
        self._json({"odata.metadata": f"http://base/$metadata#{resource}", "value": rows[: int(options["$top"][0])]})

    def do_POST(self) -> None:
        base = self.base
        resource, _ = self._asked()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self._is_let_in():
            return
        posted = re.fullmatch(rf"{DOCUMENT}\(guid'([0-9a-f-]+)'\)/Post\(\)", resource)
        if posted:
            for document in base.documents:
                if document["Ref_Key"] == posted[1]:
                    document["Posted"] = base.posts
            if base.silent_posts:
                time.sleep(base.silence)
            self._answer(200, b"", "application/json")
            return
        if resource != DOCUMENT:
            self._error(404, "Сущность не найдена")
            return
        document = json.loads(body)
        problem = unknown_in(document)
        if problem or any(document["Ref_Key"] == other["Ref_Key"] for other in base.documents):
            self._error(400, problem or "Запись с такими ключевыми полями существует")
            return
        if base.silent_before_write:
            base.silent_before_write -= 1
            time.sleep(base.silence)
            return
        base.writes += 1
        stored = {"Number": "000000001", "Posted": False, "DeletionMark": False, "УчитыватьКПН": False, **document}
        base.documents.append(base.change(stored))
        if base.silent_after_write:
            time.sleep(base.silence)
        self._json({"odata.metadata": f"http://base/$metadata#{DOCUMENT}/@Element", **stored}, 201)

    def _asked(self) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        self.base.requests.append(unquote(self.path))
        return unquote(parts.path).partition("/odata/standard.odata/")[2], parse_qs(parts.query)

    def _is_let_in(self) -> bool:
        base = self.base
        given = b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        if base.wrong_user or given != f"{USER}:{PASSWORD}":
            self._answer(401, b"401 Unauthorized", "text/plain")
            return False
        if base.page_for_people:
            page = "<!DOCTYPE html><html><body>Недостаточно прав</body></html>"
            self._answer(200, page.encode(), "text/html;charset=utf-8")
            return False
        if base.status is not None:
            self._error(base.status, "Внутренняя ошибка \x1b[31m")
            return False
        return True

    def _json(self, found: dict[str, Any], status: int = 200) -> None:
        given = found if self.base.answers is None else self.base.answers
        content = given if isinstance(given, bytes) else json.dumps(given, ensure_ascii=False).encode()
        self._answer(status, content, "application/json;odata=minimalmetadata;charset=utf-8")

    def _error(self, status: int, message: str) -> None:
        self._json({"odata.error": {"code": "-1", "message": {"lang": "ru", "value": message}}}, status)

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("DataServiceVersion", self.base.version)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client did not wait


def unknown_in(document: dict[str, Any]) -> str | None:
    """What of a document the published metadata does not know, or knows to be of another type."""
    rows = document.get(ROWS, [])
    for entity, stated in ((DOCUMENT, {**document, ROWS: None}), *((ROW_TYPE, row) for row in rows)):
        for field, value in stated.items():
            if field == ROWS:
                continue
            kind = PUBLISHED[entity].get(field)
            if kind is None or not _SHAPES[kind](value):
                return f"{entity}.{field}: {value!r}"
    return None


def metadata(base: Base1C) -> str:
    """The description of the base, in the shape of OData 3."""
    types = "".join(
        f"<EntityType Name={quoteattr(name)}>"
        + "".join(f'<Property Name={quoteattr(field)} Type="Edm.{kind}"/>' for field, kind in fields.items())
        + "</EntityType>"
        for name, fields in base.published.items()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{base.metadata_head}'
        '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices>'
        '<Schema Namespace="StandardODATA" xmlns="http://schemas.microsoft.com/ado/2009/11/edm">'
        f"{types}</Schema></edmx:DataServices></edmx:Edmx>"
    )


@contextmanager
def served(base: Base1C, certificate: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of the base while it is served."""
    handler = type("HandlerOfBase", (Handler,), {"base": base})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if certificate is not None:
        server.socket = certificate.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    scheme = "http" if certificate is None else "https"
    try:
        yield f"{scheme}://localhost:{server.server_address[1]}/base/odata/standard.odata/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
