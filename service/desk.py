"""What the routes of the draft desk take and give, with examples."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from model.changes import KINDS
from model.score import CHECKLIST
from model.style import RULES
from service.schemas import OUTAGE, AnyPost, Missing, ModelInfo, ScoreRow, Type

History = Annotated[
    list[AnyPost] | None,
    Field(description="Прежние посты страницы с датами и реакциями: отклик станет личным. Негодные пропускаются"),
]


class ExplainRequest(BaseModel):
    """A draft to explain."""

    model_config = {"json_schema_extra": {"examples": [{"post": {"text": OUTAGE}}]}}

    post: AnyPost
    history: History = None
    type: Type | None = Field(
        None, description="Тип, если модель ошиблась: по нему меняются чек-лист и советы, но не оценки"
    )


class Place(BaseModel):
    """A place in a text, counted in two ways; `stop` is the first unit that is not in it."""

    start: int = Field(ge=0, description="Начало, в кодовых точках Юникода (так считает Python)")
    stop: int = Field(ge=0, description="Конец, в кодовых точках Юникода")
    utf16_start: int = Field(ge=0, description="Начало, в единицах UTF-16 (так считает JavaScript)")
    utf16_stop: int = Field(ge=0, description="Конец, в единицах UTF-16")


class Item(BaseModel):
    """An item of the checklist."""

    name: Literal[CHECKLIST]  # type: ignore[valid-type]
    title: str
    state: Literal["found", "missing", "unneeded"]
    why: str = Field(description="Почему этого не хватает; у найденного — какие замечания с ним спорят, они в places")
    example: str = Field(description="Как это могло бы быть написано; пусто, если есть или не нужно")
    places: list[Place] = Field(description="Где это в тексте, самое явное первым; пусто, если речь обо всём тексте")


class Edit(Place):
    """A replacement that mends a place."""

    text: str = Field(description="Что написать на этом месте")


class FoundPlace(Place):
    """A finding of a rule of style."""

    rule: Literal[tuple(RULES)]  # type: ignore[valid-type]
    title: str
    why: str
    example: str
    fix: str | None = Field(description="Что написать на этом месте; null — исправить может только человек")
    edit: Edit | None = Field(description="Та же правка целиком: с лишними пробелами и прописной буквой после неё")
    proof: str = Field(description="Как часто правило верно на настоящих постах: сколько находок из прочитанных")


class Phrase(Place):
    """A phrase and how many points it gives to each score."""

    usefulness: float
    engagement: float


class Contributions(BaseModel):
    """The base, all phrases and memory sum to the score, up to its rounding to one decimal."""

    usefulness_base: float = Field(description="Польза поста без слов, в пунктах")
    engagement_base: float = Field(description="Отклик поста без слов, в пунктах")
    memory: float = Field(description="Сколько пунктов к отклику добавила память страницы")
    phrases: list[Phrase]


class Change(BaseModel):
    """A changed draft and its gain, got by scoring it."""

    kind: Literal[KINDS]  # type: ignore[valid-type]
    title: str
    why: str
    text: str = Field(description="Весь изменённый текст")
    examples: list[Place] = Field(description="Места изменённого текста, где стоит пример: человек впишет своё")
    usefulness: float = Field(description="На сколько пунктов выросла польза, когда оценён изменённый текст")
    engagement: float = Field(description="На сколько пунктов вырос отклик, когда оценён изменённый текст")
    raises: list[Literal["usefulness", "engagement"]]


class Form(BaseModel):
    """An editor's advice, apart from the model: the form that suits this type and length."""

    name: str
    why: str


class Expected(BaseModel):
    """Reactions beside the page's usual: most likely, and in 8 cases of 10."""

    times: float = Field(description="Во сколько раз больше обычного для страницы")
    low: float
    high: float
    said: str = Field(description="То же словами")


class Explained(BaseModel):
    """A draft explained."""

    score: ScoreRow
    expected: Expected | None = Field(description="Отклик как число реакций; null — оценке верить нельзя")
    guessed_type: Type = Field(description="Тип, который узнала модель")
    checklist: list[Item] = Field(description="Пусто, если текст не русский")
    findings: list[FoundPlace]
    contributions: Contributions
    changes: list[Change] = Field(description="Не больше пяти, наибольшая прибавка первой; только те, что окупаются")
    form: Form
    note: str | None = Field(description="Оговорка к числам: не верить им или текст тяжёл при высокой оценке")


class ExplainAnswer(Explained):
    """A draft explained, and by which model."""

    model: ModelInfo


class CompareRequest(BaseModel):
    """Two drafts of one page."""

    model_config = {
        "json_schema_extra": {"examples": [{"a": {"text": "Воды завтра не будет."}, "b": {"text": OUTAGE}}]}
    }

    a: AnyPost
    b: AnyPost
    history: History = None


class Compared(BaseModel):
    """B against A, every interval for 8 cases of 10."""

    engagement: float = Field(description="Отклик Б минус отклик А, пунктов")
    likelier: float = Field(ge=0, le=1, description="Вероятность, что Б соберёт больше реакций, чем А")
    ratio: float = Field(description="Во сколько раз больше реакций у Б, чем у А")
    ratio_low: float
    ratio_high: float
    usefulness: float = Field(description="Польза Б минус польза А, пунктов")
    useful_low: float
    useful_high: float
    more_useful: float = Field(ge=0, le=1, description="Вероятность, что Б полезнее А")
    sure: bool = Field(description="false — хотя бы одной из оценок верить нельзя")


class CompareAnswer(BaseModel):
    """Both scores and what tells them apart."""

    model: ModelInfo
    a: ScoreRow
    b: ScoreRow
    difference: Compared
    said: str = Field(description="То же словами")
    appeared: Missing = Field(description="Пункты чек-листа, которые есть только в Б")
    vanished: Missing = Field(description="Пункты чек-листа, которые есть только в А")


class ArchiveAnswer(BaseModel):
    """An archive as canonical posts; nothing of it is kept here."""

    posts: list[dict[str, Any]] = Field(description="Канонические посты с датой и реакциями, новейшие")
    total: int = Field(ge=0, description="Сколько постов в архиве")
    refused: int = Field(ge=0, description="Сколько записей не прочлось")
    said: str = Field(description="То же словами")
