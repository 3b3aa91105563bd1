"""Packages: the list of them with what each holds, and the form that makes one or binds somebody's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tui.client.errors import NotFound
from tui.entities.package import Package
from tui.errors import UsageError, UserError
from tui.operations.payloads import parse_payload

from ..jobs import HELP
from ..render import formats
from ..render.glyphs import glyphs_of
from ..render.line import FILL, Line, Span, gap, name_cell
from ..render.source import Rows
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer
from ..widgets.form import FormField, Refusal, SubmitLine, TextField
from ..widgets.form_title import ModalTitle
from ..widgets.header import Header
from ..widgets.line_view import LineView
from ..widgets.payload_history import payload_history
from ..widgets.screen_lines import ScreenLines
from ..widgets.title_line import TitleLine
from .action_form import parameters_of
from .copies import Copyable, Savable, copies_of_thing, files_of_list, files_of_thing
from .copying import COPY, SAVE, Copying
from .create_trigger import name_problem
from .form_screen import FormScreen
from .now import now_ms
from .thing_facts import member_names, package_facts
from .thing_keys import ThingKeys, thing_keys

if TYPE_CHECKING:
    from tui.operations import Operations

_EMPTY = (
    (Span("A package holds actions and gives them parameters.", "muted"),),
    (Span("A binding is a name of your own for somebody's package.", "muted"),),
    (),
    (Span("a", "primary bold"), Span(" make one, or bind one", "muted")),
)


class CreatePackageScreen(FormScreen[Package], ModalScreen[Package | None]):
    """Dismisses with the package that was created or bound, or `None`."""

    FORM = "package"

    def compose(self) -> ComposeResult:
        with Vertical(classes="modal form"):
            yield ModalTitle((Span("New package", "foreground bold"),), self.operations.endpoint)
            yield Static("", classes="spacer")
            yield FormField("name", "name", TextField())
            yield FormField("parameters", "parameters", TextField(placeholder="none", json=True), hint="JSON or @file")
            yield FormField("binding", "bound to", TextField(placeholder="none"), hint="/namespace/package")
            yield Static("", classes="spacer")
            yield Static(
                "Its actions get its parameters; their own win over them. A binding has the actions of that package.",
                classes="note",
            )
            yield Static("", classes="spacer")
            yield SubmitLine("create", indent=2)
            yield Refusal()

    def on_mount(self) -> None:
        self.fill_from_draft()
        self.fields()["name"].control.focus()

    def check(self, values: Mapping[str, str]) -> Mapping[str, str]:
        errors: dict[str, str] = {}
        if problem := name_problem(values["name"], "a package"):
            errors["name"] = problem
        try:
            parse_payload(values["parameters"])
        except UserError as error:
            errors["parameters"] = error.message
        binding = values["binding"].strip()
        if binding and binding.removeprefix("/").count("/") != 1:
            errors["binding"] = "write it as /namespace/package"
        return errors

    async def send(self, values: Mapping[str, str]) -> Package:
        parameters = parameters_of(parse_payload(values["parameters"]))
        binding = values["binding"].strip() or None
        return await self.operations.packages.create(values["name"].strip(), parameters, binding=binding)

    def field_of(self, error: UserError) -> str | None:
        return "binding" if isinstance(error, UsageError) else super().field_of(error)


class PackagesScreen(Copying, ThingKeys, Screen[None]):
    """`esc` goes back to the main screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "add", id="packages.add", tooltip="make a package, or bind one"),
        Binding("enter", "details", "open", id="packages.open", tooltip="all about this package"),
        *thing_keys("packages"),
        Binding("b", "wiring", "wiring", show=False, id="packages.wiring", tooltip="what it holds and who is bound"),
        COPY,
        SAVE,
        Binding("ctrl+r", "reload", "refresh", show=False, id="packages.reload", tooltip="ask the platform again"),
        HELP,
        Binding("escape,q", "back", "back", id="packages.back", tooltip="back to where you came from"),
    ]

    def __init__(self, operations: Operations) -> None:
        super().__init__()
        self.operations = operations
        self._packages: tuple[Package, ...] = ()
        self._select: str | None = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield Breadcrumb()
        with Horizontal(classes="halves thing"):
            with Vertical(classes="thing-left"):
                yield TitleLine("Packages", id="list-title")
                yield ScreenLines(id="list", empty=((Span("asking the platform", "faint"),),))
            with Vertical(classes="thing-right"):
                yield TitleLine("Package", id="facts-title")
                yield LineView(id="facts", cursor=False, empty=((Span("what the cursor is on shows here", "faint"),),))
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(Breadcrumb).show([(Span("Packages", "foreground bold"),)])
        self.query_one("#list-title", TitleLine).show(focused=True)
        self.query_one("#list").focus()
        self.action_reload()

    def action_reload(self) -> None:
        read = self.operations.packages.list
        self.start_job(read, then=self._show, failed=self._not_loaded, group="packages", latest_only=True)

    def _not_loaded(self, error: UserError) -> None:
        self.query_one("#list", LineView).set_empty(((Span(error.message, "error"),), (Span(error.hint, "muted"),)))

    def _show(self, packages: tuple[Package, ...]) -> None:
        self._packages = packages
        view = self.query_one("#list", LineView)
        view.set_empty(_EMPTY)
        view.show(Rows(packages, key=lambda package: package.name, draw=self._row), cursor=self._select)
        self._select = None
        self.query_one("#list-title", TitleLine).show(state=(Span(str(len(packages) or "none yet"), "muted"),))
        self._look()

    def _row(self, package: Package, width: int) -> Line:
        glyphs = glyphs_of(self)
        bound = "" if package.binding is None else f"{glyphs.arrow} /{package.binding}"
        shared = Span("shared" if package.publish else "", "faint", 7, "right")
        return [*name_cell(package.name, 24, more=glyphs.more), gap(1), Span(bound, "muted", FILL), shared]

    def looked_at(self) -> Package | None:
        name = self.query_one("#list", LineView).cursor_id
        return next((package for package in self._packages if package.name == name), None)

    @on(LineView.Moved, "#list")
    def _moved(self) -> None:
        self._look()

    @on(LineView.Chosen, "#list")
    def _chosen(self, event: LineView.Chosen) -> None:
        event.stop()
        self.action_details()

    def _look(self) -> None:
        """Show what is under the cursor: lists tell neither parameters nor what is in a package."""
        self.refresh_bindings()
        package = self.looked_at()
        if package is None:
            self.query_one("#facts", LineView).show_lines(())
            return
        load = partial(self.operations.packages.get, package.name)
        broken = partial(self._cannot_read, package)
        self.start_job(load, then=self._show_facts, failed=broken, group="package", latest_only=True)

    def _show_facts(self, package: Package) -> None:
        lines = package_facts(package, now_ms=now_ms(self.app), revealed=False)
        glyphs, members = glyphs_of(self), list(member_names(package))
        lines += [(), (Span(formats.counted(len(members), "action"), "foreground bold"),)]
        for name, is_feed in members:
            lines.append(
                (Span(f"{glyphs.action} ", "faint"), Span(name), Span("  feed" if is_feed else "", "secondary"))
            )
        self.query_one("#facts-title", TitleLine).show(name=package.name)
        self.query_one("#facts", LineView).show_lines(lines)

    def _cannot_read(self, package: Package, error: UserError) -> None:
        lost = package.binding is not None and isinstance(error, NotFound)
        said = f"what it is bound to, /{package.binding}, is not there" if lost else error.message
        self.query_one("#facts-title", TitleLine).show(name=package.name)
        self.query_one("#facts", LineView).show_lines([(Span(said, "warning"),)])

    # Keys

    def footer_label(self, binding: Binding) -> str | None:
        """Packages are neither started nor tied nor turned off."""
        return "" if binding.action in ("start", "switch", "link") else super().footer_label(binding)

    def copy_title(self) -> str:
        package = self.looked_at()
        return "packages" if package is None else package.name

    def copies(self) -> list[Copyable]:
        package = self.looked_at()
        return [] if package is None else copies_of_thing(package, self.operations, payload_history(self.app))

    def files(self) -> list[Savable]:
        package = self.looked_at()
        if package is None:
            return []
        return [
            *files_of_thing(package),
            *files_of_list("packages", [one.received or {} for one in self._packages], stem="packages"),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "add" and self.is_mounted:
            return True if self.reason_disabled(action) is None else None
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        if action == "add":
            return "this context is read-only" if self.operations.endpoint.read_only else None
        return super().reason_disabled(action)

    def action_add(self) -> None:
        self.app.push_screen(CreatePackageScreen(self.operations), self._added)

    def _added(self, package: Package | None) -> None:
        if package is not None:
            self._select = package.name
            self.say([Span(package.name), Span(" created", "muted")])
            self.action_reload()

    def action_back(self) -> None:
        self.dismiss(None)
