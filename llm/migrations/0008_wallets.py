"""Wallets and their ledger, the account of a provider, and the groups' rights to them."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import llm.ids
from llm.migrations._group_rights import give

RIGHTS = (("wallet", "view"), ("walletentry", "view"), ("walletentry", "add"))
"""Who operates providers tells of top-ups too. Entries are never changed, so no right to that is given."""


def give_rights(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    give(apps, schema_editor.connection.alias, {"Operators": RIGHTS, "Administrators": RIGHTS})


class Migration(migrations.Migration):
    dependencies = [("llm", "0007_partitions")]

    operations = [
        migrations.CreateModel(
            name="Wallet",
            fields=[
                ("id", models.UUIDField(default=llm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("account", models.SlugField(max_length=64, unique=True, verbose_name="account")),
                ("spenders", models.JSONField(default=list, editable=False)),
                ("asked_at", models.DateTimeField(editable=False, null=True)),
                ("told_at", models.DateTimeField(editable=False, null=True)),
                ("told_amount", models.DecimalField(decimal_places=9, editable=False, max_digits=20, null=True)),
                ("told_currency", models.CharField(blank=True, editable=False, max_length=8)),
                ("ask_fault", models.CharField(blank=True, editable=False, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "wallet",
                "verbose_name_plural": "wallets",
                "ordering": ["account"],
            },
        ),
        migrations.AddField(
            model_name="provider",
            name="account",
            field=models.SlugField(
                blank=True,
                help_text="The vendor account whose money it spends, where several providers share one; empty: its own.",
                max_length=64,
            ),
        ),
        migrations.CreateModel(
            name="WalletEntry",
            fields=[
                ("id", models.UUIDField(default=llm.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(verbose_name="time")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("topup", "topup"),
                            ("declared", "declared"),
                            ("told_by_vendor", "told_by_vendor"),
                            ("empty", "empty"),
                            ("money_found", "money_found"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=9, default=0, max_digits=20, verbose_name="amount, USD")),
                (
                    "change",
                    models.DecimalField(decimal_places=9, max_digits=20, null=True, verbose_name="correction, USD"),
                ),
                ("by", models.CharField(max_length=150, verbose_name="by")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "wallet",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE,
                        related_name="entries",
                        to="llm.wallet",
                        verbose_name="wallet",
                    ),
                ),
            ],
            options={
                "verbose_name": "ledger entry",
                "verbose_name_plural": "ledger entries",
                "ordering": ["-at", "-id"],
                "indexes": [models.Index(fields=["wallet", "-at"], name="wallet_ledger")],
            },
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
