"""Who signs in (`User`), who speaks (`Profile`), and the tokens by which programs speak (`ApiToken`)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadsheet.accounts.names import NAME_LIMIT
from broadsheet.kernel.ids import LENGTH, public_id

if TYPE_CHECKING:
    EmailField = models.EmailField[str, str]
else:
    EmailField = models.EmailField  # Django's own fields cannot be subscripted


class AddressField(EmailField):
    """An e-mail address, the same whatever its case: kept and looked for in lower case."""

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Let migrations see a plain EmailField: case is this module's affair, not the column's."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs

    def to_python(self, value: Any) -> Any:
        """Read what was typed into a form."""
        return _in_lower_case(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        """Write or look for an address."""
        return _in_lower_case(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Let the object in hand know what is kept."""
        value = _in_lower_case(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


def _in_lower_case(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class UserManager(BaseUserManager["User"]):
    """Makes users."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make somebody who can sign in with `email`; without a password only by a code or a passkey."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make somebody who may do everything."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in, with an e-mail address; the newsroom's people and the readers who are members."""

    email = AddressField(_("e-mail address"), unique=True, error_messages={"unique": _("This address is taken.")})
    first_name = models.CharField(_("first name"), max_length=NAME_LIMIT, blank=True)
    last_name = models.CharField(_("last name"), max_length=NAME_LIMIT, blank=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("member since"), default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        """The name the newsroom calls them by; the address's first part where they gave none."""
        return f"{self.first_name} {self.last_name}".strip() or self.email.partition("@")[0]

    def get_short_name(self) -> str:
        """The first name, or what stands for it."""
        return self.first_name or self.get_full_name()


class Profile(models.Model):
    """The public name behind a comment, a vote or a subscription: of a member, or of a guest."""

    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.CASCADE, related_name="profile")
    name = models.CharField(_("name"), max_length=NAME_LIMIT)
    email = AddressField(_("e-mail address"), blank=True, help_text=_("A guest's, never shown."))
    created_at = models.DateTimeField(default=timezone.now)
    # Then it has no name and speaks no more; what it said is gone, but for the places that others' answers hang on.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return self.name

    @property
    def is_guest(self) -> bool:
        """Whether nobody signs in as this profile."""
        return self.user_id is None


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Questions about tokens."""

    def in_force(self, now: datetime) -> Self:
        """Keep those that a program may still use."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


class ApiToken(models.Model):
    """Lets a program speak to the API as a member, until it expires or is revoked.

    The token itself is kept nowhere: its owner saw it once. `digest` recognises it, `prefix` is how it begins.
    """

    class Right(models.TextChoices):
        """What a program may do with it."""

        READ = "read", _("read as you do")
        WRITE = "write", _("read, and write as you")
        UNLIMITED = "unlimited", _("read, and write as you without limits")

    public_id = models.CharField(max_length=LENGTH, unique=True, default=public_id, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="broadsheet_tokens")
    name = models.CharField(_("name"), max_length=NAME_LIMIT)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=16, editable=False)
    right = models.CharField(_("right"), max_length=12, choices=Right.choices, default=Right.READ)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        default_permissions = ()
        permissions = [
            ("see_to_tokens", _("Can see and revoke everybody’s API tokens")),
            ("write_without_limits", _("Can make API tokens that write without limits")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(revoked_at=None), name="accounts_one_token_of_a_name"
            ),
            models.CheckConstraint(
                condition=Q(right__in=["read", "write", "unlimited"]), name="accounts_token_right_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_in_force(self, now: datetime) -> bool:
        """Whether a program may still use it; the rule of `in_force`, for one that is at hand."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    @property
    def may_write(self) -> bool:
        """Whether a program may do more with it than read."""
        return self.right != self.Right.READ
