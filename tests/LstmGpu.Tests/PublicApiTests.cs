using System.Reflection;
using System.Text;
using Xunit;

namespace LstmGpu.Tests;

/// <summary>What other programs compile against, written down in <c>PublicApi.txt</c>: a change of it is seen in review, not by a user.</summary>
public sealed class PublicApiTests
{
    private const string Variable = "LSTMGPU_WRITE_PUBLIC_API";

    private static readonly NullabilityInfoContext Nullability = new();

    [Fact]
    public void PublicApi_IsTheOneWrittenDown()
    {
        string path = Path.Combine(Repository.Root, "tests", "LstmGpu.Tests", "PublicApi.txt");
        string[] found = [.. typeof(Device).Assembly.GetExportedTypes().OrderBy(Name, StringComparer.Ordinal).SelectMany(Lines)];
        if (Environment.GetEnvironmentVariable(Variable) is not null)
        {
            File.WriteAllLines(path, found);
        }
        string[] expected = File.ReadAllLines(path);

        string[] differences = [.. expected.Except(found).Select(line => "- " + line), .. found.Except(expected).Select(line => "+ " + line)];
        Assert.True(differences.Length == 0, $"the public API has changed; if that is meant, run this test with {Variable}=1 and commit {path}:\n{string.Join('\n', differences)}");
    }

    private static IEnumerable<string> Lines(Type type)
    {
        string name = Name(type);
        yield return $"{Kind(type)} {name}" + (type is { IsClass: true, BaseType: { } of } && of != typeof(object) ? $" : {Name(of)}" : "");
        const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (string line in type.GetMembers(Own).Select(Line).OfType<string>().Order(StringComparer.Ordinal))
        {
            yield return $"{name}.{line}";
        }
    }

    private static string Kind(Type type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

    // Null where the member is not for others, or follows from another: accessors, and what every record has.
    private static string? Line(MemberInfo member) => member switch
    {
        FieldInfo { IsPublic: true, IsSpecialName: false } field => $"{field.Name}: {Name(field.FieldType)}" + (field.IsLiteral ? FormattableString.Invariant($" = {field.GetRawConstantValue()}") : ""),
        PropertyInfo property when IsSeen(property.GetMethod) => $"{property.Name}: {Name(property.PropertyType)}{Mark(Nullability.Create(property).ReadState)} {{{Accessors(property)}}}",
        EventInfo { AddMethod.IsPublic: true } happening => $"{happening.Name}: event {Name(happening.EventHandlerType!)}",
        ConstructorInfo constructor when IsSeen(constructor) => $"new({Parameters(constructor)})",
        MethodInfo method when IsSeen(method) && !method.IsSpecialName && method.GetBaseDefinition() == method && !IsOfEveryRecord(method) =>
            $"{method.Name}({Parameters(method)}): {Name(method.ReturnType)}{Mark(Nullability.Create(method.ReturnParameter).ReadState)}" + (method.IsStatic ? " static" : ""),
        _ => null,
    };

    private static bool IsSeen(MethodBase? method) => method is { IsPublic: true } or { IsFamily: true } or { IsFamilyOrAssembly: true };

    private static bool IsOfEveryRecord(MethodInfo method) => method.Name is "<Clone>$" or "PrintMembers" or "Equals" or "Deconstruct" or "GetHashCode" or "ToString";

    private static string Accessors(PropertyInfo property)
    {
        StringBuilder text = new("get");
        if (IsSeen(property.SetMethod))
        {
            bool once = property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Any(type => type.Name == "IsExternalInit");
            text.Append(once ? " init" : " set");
        }
        return text.Append(property.GetMethod!.IsStatic ? " static" : "").ToString();
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter.ParameterType)}{Mark(Nullability.Create(parameter).WriteState)} {parameter.Name}" + (parameter.HasDefaultValue ? FormattableString.Invariant($" = {parameter.RawDefaultValue ?? "null"}") : "")));

    // A value type that may be null has its mark from its name.
    private static string Mark(NullabilityState state) => state == NullabilityState.Nullable ? "?" : "";

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return Name(value);
        }
        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }
        string name = type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
        return type.IsGenericType ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
