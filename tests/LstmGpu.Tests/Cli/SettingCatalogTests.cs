using System.Reflection;
using System.Text.Json.Nodes;
using LstmGpu.Cli.Configuration;
using Xunit;

namespace LstmGpu.Tests.Cli;

public sealed class SettingCatalogTests
{
    [Fact]
    public void EveryPropertyOfRunOptions_IsASetting()
    {
        PropertyInfo[] properties = [.. typeof(RunOptions).GetProperties().SelectMany(section => section.PropertyType.GetProperties())];
        Assert.All(properties, property => Assert.NotNull(property.GetCustomAttribute<SettingAttribute>()));
        Assert.Equal(properties.Length, SettingCatalog.All.Count);
    }

    [Fact]
    public void FlagsAndPaths_AreUnique()
    {
        Assert.Equal(SettingCatalog.All.Count, SettingCatalog.All.Select(s => s.Flag).Distinct().Count());
        Assert.Equal(SettingCatalog.All.Count, SettingCatalog.All.Select(s => s.Path).Distinct().Count());
    }

    [Fact]
    public void Defaults_AreLegalValues()
    {
        Assert.All(SettingCatalog.All, setting =>
        {
            if (setting.Default is not null)
            {
                Assert.Equal(Setting.Text(setting.Default), Setting.Text(setting.FromText(Setting.Text(setting.Default), setting.Path)));
            }
            else
            {
                Assert.True(setting.Nullable, $"{setting.Path} has no default and is not nullable");
            }
        });
    }

    [Fact]
    public void Schema_DescribesEverySettingAndClosesEveryObject()
    {
        (int code, string output, _) = Shell.Run("config", "schema");
        JsonNode schema = JsonNode.Parse(output)!;

        Assert.Equal(0, code);
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)schema["$schema"]);
        Assert.False((bool)schema["additionalProperties"]!);
        Assert.All(SettingCatalog.All, setting =>
        {
            JsonNode section = schema["properties"]![setting.Section]!;
            Assert.False((bool)section["additionalProperties"]!);
            JsonObject about = section["properties"]![setting.Name]!.AsObject();
            Assert.Equal(setting.Path, (string?)about["title"]);
            Assert.True(about.ContainsKey("description") && about.ContainsKey("type") && about.ContainsKey("default"), setting.Path);
        });
    }

    [Fact]
    public void Schema_CarriesLimitsWordsAndNulls()
    {
        JsonNode sections = ConfigurationSchema.Build()["properties"]!;
        JsonNode training = sections["training"]!["properties"]!;

        JsonNode hidden = sections["model"]!["properties"]!["hidden"]!;
        Assert.Equal((1, 65536), ((double)hidden["minimum"]!, (double)hidden["maximum"]!));
        Assert.Equal(0, (double)training["learning_rate"]!["exclusiveMinimum"]!);
        Assert.Equal("""["sgd","adam","adamw","rmsprop","adagrad","asgd"]""", training["optimizer"]!["enum"]!.ToJsonString());
        Assert.Equal("""["lstm","gru","gru-reset-before","rnn","rnn-relu"]""", sections["model"]!["properties"]!["cell"]!["enum"]!.ToJsonString());
        JsonObject tie = sections["model"]!["properties"]!["tie"]!.AsObject();
        Assert.Equal(("boolean", false, false), ((string?)tie["type"], (bool)tie["default"]!, tie.ContainsKey("minLength")));
        Assert.Equal("""["integer","null"]""", training["steps"]!["type"]!.ToJsonString());
    }
}
