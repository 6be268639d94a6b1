"""What HTTP takes and gives, with examples: the source of the OpenAPI."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema

from model.score import CHECKLIST
from service.forms import FORMS
from service.settings import Settings

LONGEST_JUDGED = 20_000
OUTAGE = "Завтра, 12 марта, с 9:00 до 17:00 на улице Садовой не будет воды: меняют трубу. Диспетчер: 5-12-34"

# The checklist of the contract, as a type: its names are known, so programs may rely on them.
Checklist = dict[Literal[CHECKLIST], bool | None]  # type: ignore[valid-type]
Missing = list[Literal[CHECKLIST]]  # type: ignore[valid-type]
Type = Literal["alert", "service", "event", "explain", "news", "report", "greeting", "culture", "ad", "other"]
Status = Literal["ok", "too_short", "not_russian", "unfamiliar"]

Percent = Annotated[float | None, Field(ge=0, le=100)]
Count = Annotated[int | None, Field(ge=0, description="Сколько; null — неизвестно, это не ноль")]


class PostIn(BaseModel):
    """A post as a client sends it."""

    text: str = Field(description="Текст поста", min_length=1)
    platform: str | None = Field(None, description="Сеть: vk, telegram, ok, max")
    page_id: str | int | None = Field(None, description="Страница; по ней и по сети подбираются прежние посты")
    page_name: str | None = None
    post_id: str | int | None = Field(None, description="Возвращается как есть")
    date: str | int | None = Field(None, description="ISO 8601, без смещения — UTC; или время Unix")
    likes: Count = None
    comments: Count = None
    reposts: Count = None
    views: Count = None
    form: Literal[FORMS] | None = Field(None, description="Формат: что приложено; null — неизвестно")  # type: ignore[valid-type]


# A post that is documented as PostIn and judged later: one bad post must not fail the rest.
AnyPost = Annotated[
    Any,
    GetPydanticSchema(get_pydantic_json_schema=lambda _, handler: handler(PostIn.__pydantic_core_schema__)),
]


class ScoreRequest(BaseModel):
    """Posts to score."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"posts": [{"text": OUTAGE, "post_id": "17"}, {"text": ""}], "explain": False},
            ]
        }
    )

    posts: list[AnyPost] = Field(description="Посты; негодный получает запись с error среди остальных")
    explain: bool = Field(
        False, description=f"Показать слова, которые сдвинули оценки; не больше {Settings().max_explained} постов"
    )
    neighbours: bool = Field(False, description="Показать до трёх похожих прежних постов из history")
    history: list[AnyPost] | None = Field(
        None,
        description="Прежние посты тех же страниц с датами и реакциями: отклик станет личным. Негодные пропускаются",
    )


class ErrorInfo(BaseModel):
    """Why something was refused: a code for programs, a sentence for people."""

    code: str = Field(examples=["empty_text"])
    message: str = Field(examples=["Нет текста"])


class ErrorAnswer(BaseModel):
    """The answer to a request that is not served."""

    error: ErrorInfo


class Near(BaseModel):
    """An earlier post of the page that the page memory leant on."""

    post_id: str | None
    date: str | None
    likes: Count
    comments: Count
    reposts: Count
    lift: float = Field(description="Во сколько раз реакций было больше, чем обычно на странице; 1 — как обычно")
    likeness: float = Field(description="Близость по словам, от 0 до 1")


class Word(BaseModel):
    """A word that moved the scores; its place is in code points of the text."""

    start: int
    stop: int
    text: str
    usefulness: float = Field(description="На сколько пунктов слово сдвинуло пользу")
    engagement: float = Field(description="На сколько пунктов слово сдвинуло отклик")


class Feedback(BaseModel):
    """What a person says of a post: a grade of 0 to 4, a type, or both."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": OUTAGE, "grade": 4, "type": "alert"}]},
    )

    text: str | None = Field(None, min_length=1, max_length=LONGEST_JUDGED, description="Текст поста")
    digest: str | None = Field(None, pattern="^[0-9a-f]{64}$", description="Или SHA-256 его текста в UTF-8")
    grade: int | None = Field(None, ge=0, le=4, description="Оценка пользы по рубрике")
    type: Type | None = None


class Heard(BaseModel):
    """That a judgement is kept, and of which text."""

    digest: str


class ScoreRow(BaseModel):
    """The scores of one post; the same fields as a row of the command line. Null where it was refused."""

    platform: str | None
    page_id: str | None
    page_name: str | None
    post_id: str | None
    date: str | None
    usefulness: Percent = Field(description="Польза жителю")
    usefulness_low: Percent
    usefulness_high: Percent
    engagement: Percent = Field(description="Вероятность, что реакций больше, чем у обычного поста страницы")
    engagement_likes: Percent
    engagement_comments: Percent
    engagement_reposts: Percent
    engagement_general: Percent = Field(description="Отклик без памяти страницы")
    memory_posts: int | None = Field(description="Сколько прежних постов страницы спрошено")
    type: Type | None
    checklist: Checklist | None = Field(description="true — есть, false — нет, null — к такому посту неприменимо")
    missing: Missing | None
    status: Status | None = Field(description="ok или почему оценкам не стоит верить")
    model: str = Field(description="Имя модели, давшей оценки")
    error: ErrorInfo | None
    neighbours: list[Near] | None = Field(None, description="Только при neighbours: true; самые похожие — первыми")
    words: list[Word] | None = Field(None, description="Только при explain: true; сильнейшие — первыми")


class ModelInfo(BaseModel):
    """What names the model."""

    id: str
    protocol: int
    trained_at: str


class ScoreAnswer(BaseModel):
    """One score a post, in the order of posts."""

    model: ModelInfo
    scores: list[ScoreRow]
    stored: int | None = Field(None, description="Только при store=true: сколько постов сохранено")


class ModelCard(ModelInfo):
    """The model and how good it is, as measured after training."""

    metrics: dict[str, Any] = Field(description="Измеренное качество, из metrics.json модели")
    card: str = Field(description="Карточка модели, Markdown")


class HintText(BaseModel):
    """An item of the checklist in Russian."""

    name: str
    missing: str = Field(description="Чего не хватает и что добавить")


class Hints(BaseModel):
    """Russian names for everything that scores name by codes."""

    checklist: dict[str, HintText]
    types: dict[str, str]
    statuses: dict[str, str]


class Health(BaseModel):
    """Whether the service works, and with what."""

    status: Literal["ok"]
    version: str
    model: str | None = None
    store: Literal["none", "scores", "texts"] | None = Field(
        None, description="Что держит хранилище: ничего, его нет; оценки и числа; ещё и тексты постов"
    )
