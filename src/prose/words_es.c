/* SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Spanish word lists. Data: add a word here and a line to tests/unit/test_scan.c.
 */
#include "base/rc.h"
#include "prose/words_impl.h"

static const struct span relative_dates[] = {
    SPAN_INIT("esta mañana"),
    SPAN_INIT("esta tarde"),
    SPAN_INIT("esta noche"),
    SPAN_INIT("anoche"),
    SPAN_INIT("hoy"),
    SPAN_INIT("ayer"),
    SPAN_INIT("anteayer"),
    SPAN_INIT("mañana"),
    SPAN_INIT("pasado mañana"),
    SPAN_INIT("esta semana"),
    SPAN_INIT("la semana pasada"),
    SPAN_INIT("la próxima semana"),
    SPAN_INIT("la semana próxima"),
    SPAN_INIT("la semana que viene"),
    SPAN_INIT("este fin de semana"),
    SPAN_INIT("el fin de semana pasado"),
    SPAN_INIT("el próximo fin de semana"),
    SPAN_INIT("este mes"),
    SPAN_INIT("el mes pasado"),
    SPAN_INIT("el próximo mes"),
    SPAN_INIT("el mes que viene"),
    SPAN_INIT("este año"),
    SPAN_INIT("el año pasado"),
    SPAN_INIT("el próximo año"),
    SPAN_INIT("el año que viene"),
    SPAN_INIT("esta primavera"),
    SPAN_INIT("este verano"),
    SPAN_INIT("este otoño"),
    SPAN_INIT("este invierno"),
    SPAN_INIT("el verano pasado"),
    SPAN_INIT("el otoño pasado"),
    SPAN_INIT("recientemente"),
    SPAN_INIT("hace poco"),
    SPAN_INIT("últimamente"),
    SPAN_INIT("el otro día"),
    SPAN_INIT("en días recientes"),
    SPAN_INIT("en las últimas semanas"),
    SPAN_INIT("en los últimos días"),
};

static const struct span ago_before[] = {
    SPAN_INIT("hace"),
};

static const struct span ago_between[] = {
    SPAN_INIT("unos"),   SPAN_INIT("unas"),   SPAN_INIT("pocos"),  SPAN_INIT("pocas"),   SPAN_INIT("varios"),
    SPAN_INIT("varias"), SPAN_INIT("muchos"), SPAN_INIT("muchas"), SPAN_INIT("algunos"), SPAN_INIT("algunas"),
};

static const struct span ago_units[] = {
    SPAN_INIT("día"),   SPAN_INIT("días"), SPAN_INIT("semana"), SPAN_INIT("semanas"), SPAN_INIT("mes"),
    SPAN_INIT("meses"), SPAN_INIT("año"),  SPAN_INIT("años"),   SPAN_INIT("hora"),    SPAN_INIT("horas"),
};

static const struct span weekday_before[] = {
    SPAN_INIT("el"), SPAN_INIT("este"), SPAN_INIT("próximo"), SPAN_INIT("pasado"), SPAN_INIT("del"), SPAN_INIT("al"),
};

static const struct span weekdays[] = {
    SPAN_INIT("lunes"),   SPAN_INIT("martes"), SPAN_INIT("miércoles"), SPAN_INIT("jueves"),
    SPAN_INIT("viernes"), SPAN_INIT("sábado"), SPAN_INIT("domingo"),
};

static const struct span months[] = {
    SPAN_INIT("enero"),      SPAN_INIT("febrero"),   SPAN_INIT("marzo"),   SPAN_INIT("abril"),
    SPAN_INIT("mayo"),       SPAN_INIT("junio"),     SPAN_INIT("julio"),   SPAN_INIT("agosto"),
    SPAN_INIT("septiembre"), SPAN_INIT("setiembre"), SPAN_INIT("octubre"), SPAN_INIT("noviembre"),
    SPAN_INIT("diciembre"),
};

static const struct span link_texts[] = {
    SPAN_INIT("haga clic aquí"), SPAN_INIT("haz clic aquí"), SPAN_INIT("clic aquí"),       SPAN_INIT("pulse aquí"),
    SPAN_INIT("aquí"),           SPAN_INIT("este enlace"),   SPAN_INIT("enlace"),          SPAN_INIT("esta página"),
    SPAN_INIT("página"),         SPAN_INIT("leer más"),      SPAN_INIT("lea más"),         SPAN_INIT("más"),
    SPAN_INIT("ver más"),        SPAN_INIT("vea más"),       SPAN_INIT("más información"), SPAN_INIT("detalles"),
    SPAN_INIT("descargar"),
};

static const struct span not_a_count_before[] = {
    SPAN_INIT("página"),    SPAN_INIT("páginas"),    SPAN_INIT("pág"),       SPAN_INIT("pág."),
    SPAN_INIT("págs"),      SPAN_INIT("p"),          SPAN_INIT("pp"),        SPAN_INIT("línea"),
    SPAN_INIT("sección"),   SPAN_INIT("secciones"),  SPAN_INIT("§"),         SPAN_INIT("artículo"),
    SPAN_INIT("artículos"), SPAN_INIT("art"),        SPAN_INIT("art."),      SPAN_INIT("capítulo"),
    SPAN_INIT("título"),    SPAN_INIT("tít"),        SPAN_INIT("parte"),     SPAN_INIT("regla"),
    SPAN_INIT("código"),    SPAN_INIT("ley"),        SPAN_INIT("caso"),      SPAN_INIT("casos"),
    SPAN_INIT("núm"),       SPAN_INIT("núm."),       SPAN_INIT("número"),    SPAN_INIT("no"),
    SPAN_INIT("no."),       SPAN_INIT("expediente"), SPAN_INIT("decisión"),  SPAN_INIT("orden"),
    SPAN_INIT("local"),     SPAN_INIT("aula"),       SPAN_INIT("salón"),     SPAN_INIT("edificio"),
    SPAN_INIT("distrito"),  SPAN_INIT("distritos"),  SPAN_INIT("grado"),     SPAN_INIT("grados"),
    SPAN_INIT("unidad"),    SPAN_INIT("prop"),       SPAN_INIT("propuesta"), SPAN_INIT("proposición"),
    SPAN_INIT("medida"),    SPAN_INIT("formulario"), SPAN_INIT("punto"),     SPAN_INIT("puntos"),
    SPAN_INIT("caja"),      SPAN_INIT("paso"),       SPAN_INIT("figura"),    SPAN_INIT("tabla"),
    SPAN_INIT("ruta"),      SPAN_INIT("canal"),      SPAN_INIT("anexo"),     SPAN_INIT("párrafo"),
    SPAN_INIT("piso"),      SPAN_INIT("versión"),
};

static const struct span number_joins[] = {
    SPAN_INIT("y"),
    SPAN_INIT("o"),
    SPAN_INIT("a"),
    SPAN_INIT("al"),
};

static const struct span clock_after[] = {
    SPAN_INIT("a.m."), SPAN_INIT("a.m"), SPAN_INIT("am"),    SPAN_INIT("p.m."),
    SPAN_INIT("p.m"),  SPAN_INIT("pm"),  SPAN_INIT("horas"), SPAN_INIT("h"),
};

static const struct span clock_before[] = {
    SPAN_INIT("a las"), SPAN_INIT("a la"),      SPAN_INIT("las"),
    SPAN_INIT("la"),    SPAN_INIT("desde las"), SPAN_INIT("hasta las"),
};

static const struct span clock_follow[] = {
    SPAN_INIT("de"), SPAN_INIT("del"), SPAN_INIT("en"),    SPAN_INIT("y"),
    SPAN_INIT("o"),  SPAN_INIT("a"),   SPAN_INIT("hasta"),
};

static const struct bound_words bounds[] = {
    {SPAN_INIT("más de"), BOUND_OVER},
    {SPAN_INIT("mas de"), BOUND_OVER},
    {SPAN_INIT("por encima de"), BOUND_OVER},
    {SPAN_INIT("al menos"), BOUND_AT_LEAST},
    {SPAN_INIT("por lo menos"), BOUND_AT_LEAST},
    {SPAN_INIT("no menos de"), BOUND_AT_LEAST},
    {SPAN_INIT("como mínimo"), BOUND_AT_LEAST},
    {SPAN_INIT("casi"), BOUND_NEARLY},
    {SPAN_INIT("cerca de"), BOUND_ABOUT},
    {SPAN_INIT("poco menos de"), BOUND_NEARLY},
    {SPAN_INIT("unos"), BOUND_ABOUT},
    {SPAN_INIT("unas"), BOUND_ABOUT},
    {SPAN_INIT("alrededor de"), BOUND_ABOUT},
    {SPAN_INIT("aproximadamente"), BOUND_ABOUT},
    {SPAN_INIT("cosa de"), BOUND_ABOUT},
    {SPAN_INIT("menos de"), BOUND_UNDER},
    {SPAN_INIT("por debajo de"), BOUND_UNDER},
    {SPAN_INIT("hasta"), BOUND_UP_TO},
    {SPAN_INIT("como máximo"), BOUND_UP_TO},
    {SPAN_INIT("no más de"), BOUND_UP_TO},
};

static const struct bound_words bounds_after[] = {
    {SPAN_INIT("o más"), BOUND_AT_LEAST},
    {SPAN_INIT("más o menos"), BOUND_ABOUT},
    {SPAN_INIT("o menos"), BOUND_UP_TO},
};

static const struct numeral numerals[] = {
    {SPAN_INIT("un"), 1, NUMERAL_ARTICLE},
    {SPAN_INIT("una"), 1, NUMERAL_ARTICLE},
    {SPAN_INIT("uno"), 1, NUMERAL_ARTICLE},
    {SPAN_INIT("dos"), 2, NUMERAL_ADD},
    {SPAN_INIT("tres"), 3, NUMERAL_ADD},
    {SPAN_INIT("cuatro"), 4, NUMERAL_ADD},
    {SPAN_INIT("cinco"), 5, NUMERAL_ADD},
    {SPAN_INIT("seis"), 6, NUMERAL_ADD},
    {SPAN_INIT("siete"), 7, NUMERAL_ADD},
    {SPAN_INIT("ocho"), 8, NUMERAL_ADD},
    {SPAN_INIT("nueve"), 9, NUMERAL_ADD},
    {SPAN_INIT("diez"), 10, NUMERAL_ADD},
    {SPAN_INIT("once"), 11, NUMERAL_ADD},
    {SPAN_INIT("doce"), 12, NUMERAL_ADD},
    {SPAN_INIT("trece"), 13, NUMERAL_ADD},
    {SPAN_INIT("catorce"), 14, NUMERAL_ADD},
    {SPAN_INIT("quince"), 15, NUMERAL_ADD},
    {SPAN_INIT("dieciséis"), 16, NUMERAL_ADD},
    {SPAN_INIT("diecisiete"), 17, NUMERAL_ADD},
    {SPAN_INIT("dieciocho"), 18, NUMERAL_ADD},
    {SPAN_INIT("diecinueve"), 19, NUMERAL_ADD},
    {SPAN_INIT("veinte"), 20, NUMERAL_ADD},
    {SPAN_INIT("veintiuno"), 21, NUMERAL_ADD},
    {SPAN_INIT("veintidós"), 22, NUMERAL_ADD},
    {SPAN_INIT("veintitrés"), 23, NUMERAL_ADD},
    {SPAN_INIT("veinticuatro"), 24, NUMERAL_ADD},
    {SPAN_INIT("veinticinco"), 25, NUMERAL_ADD},
    {SPAN_INIT("veintiséis"), 26, NUMERAL_ADD},
    {SPAN_INIT("veintisiete"), 27, NUMERAL_ADD},
    {SPAN_INIT("veintiocho"), 28, NUMERAL_ADD},
    {SPAN_INIT("veintinueve"), 29, NUMERAL_ADD},
    {SPAN_INIT("veintiún"), 21, NUMERAL_ADD},
    {SPAN_INIT("veintiuna"), 21, NUMERAL_ADD},
    {SPAN_INIT("treinta"), 30, NUMERAL_ADD},
    {SPAN_INIT("cuarenta"), 40, NUMERAL_ADD},
    {SPAN_INIT("cincuenta"), 50, NUMERAL_ADD},
    {SPAN_INIT("sesenta"), 60, NUMERAL_ADD},
    {SPAN_INIT("setenta"), 70, NUMERAL_ADD},
    {SPAN_INIT("ochenta"), 80, NUMERAL_ADD},
    {SPAN_INIT("noventa"), 90, NUMERAL_ADD},
    {SPAN_INIT("cien"), 100, NUMERAL_ADD},
    {SPAN_INIT("ciento"), 100, NUMERAL_ADD},
    {SPAN_INIT("doscientos"), 200, NUMERAL_ADD},
    {SPAN_INIT("doscientas"), 200, NUMERAL_ADD},
    {SPAN_INIT("trescientos"), 300, NUMERAL_ADD},
    {SPAN_INIT("trescientas"), 300, NUMERAL_ADD},
    {SPAN_INIT("cuatrocientos"), 400, NUMERAL_ADD},
    {SPAN_INIT("cuatrocientas"), 400, NUMERAL_ADD},
    {SPAN_INIT("quinientos"), 500, NUMERAL_ADD},
    {SPAN_INIT("quinientas"), 500, NUMERAL_ADD},
    {SPAN_INIT("seiscientos"), 600, NUMERAL_ADD},
    {SPAN_INIT("seiscientas"), 600, NUMERAL_ADD},
    {SPAN_INIT("setecientos"), 700, NUMERAL_ADD},
    {SPAN_INIT("setecientas"), 700, NUMERAL_ADD},
    {SPAN_INIT("ochocientos"), 800, NUMERAL_ADD},
    {SPAN_INIT("ochocientas"), 800, NUMERAL_ADD},
    {SPAN_INIT("novecientos"), 900, NUMERAL_ADD},
    {SPAN_INIT("novecientas"), 900, NUMERAL_ADD},
    {SPAN_INIT("docena"), 12, NUMERAL_SCALE},
    {SPAN_INIT("docenas"), 12, NUMERAL_SCALE},
    {SPAN_INIT("mil"), 1000, NUMERAL_SCALE},
    {SPAN_INIT("millón"), 1000000, NUMERAL_SCALE},
    {SPAN_INIT("millones"), 1000000, NUMERAL_SCALE},
    {SPAN_INIT("y"), 0, NUMERAL_JOIN},
};

static const struct growth_words growths[] = {
    {SPAN_INIT("más del doble"), 201},
    {SPAN_INIT("se ha más que duplicado"), 201},
    {SPAN_INIT("se ha duplicado"), 200},
    {SPAN_INIT("se han duplicado"), 200},
    {SPAN_INIT("se duplicó"), 200},
    {SPAN_INIT("se duplicaron"), 200},
    {SPAN_INIT("casi el doble"), 190},
    {SPAN_INIT("casi se duplicó"), 190},
    {SPAN_INIT("casi se ha duplicado"), 190},
    {SPAN_INIT("el doble"), 200},
    {SPAN_INIT("duplicado"), 200},
    {SPAN_INIT("se triplicó"), 300},
    {SPAN_INIT("se ha triplicado"), 300},
    {SPAN_INIT("el triple"), 300},
    {SPAN_INIT("se cuadruplicó"), 400},
    {SPAN_INIT("la mitad"), 50},
};

static const struct vague_words vagues[] = {
    {SPAN_INIT("decenas"), 20},     {SPAN_INIT("docenas"), 24}, {SPAN_INIT("cientos"), 200},
    {SPAN_INIT("centenares"), 200}, {SPAN_INIT("miles"), 2000},
};

static const struct span negations[] = {
    SPAN_INIT("no"),          SPAN_INIT("nunca"),    SPAN_INIT("jamás"),       SPAN_INIT("jamas"),
    SPAN_INIT("nada"),        SPAN_INIT("nadie"),    SPAN_INIT("ningún"),      SPAN_INIT("ningun"),
    SPAN_INIT("ninguno"),     SPAN_INIT("ninguna"),  SPAN_INIT("ningunos"),    SPAN_INIT("ningunas"),
    SPAN_INIT("ni"),          SPAN_INIT("tampoco"),  SPAN_INIT("sin"),         SPAN_INIT("excepto"),
    SPAN_INIT("salvo"),       SPAN_INIT("apenas"),   SPAN_INIT("a menos que"), SPAN_INIT("en vez de"),
    SPAN_INIT("en lugar de"), SPAN_INIT("lejos de"), SPAN_INIT("negar"),       SPAN_INIT("niega"),
    SPAN_INIT("niegan"),      SPAN_INIT("negó"),     SPAN_INIT("negaron"),     SPAN_INIT("rechaza"),
    SPAN_INIT("rechazan"),    SPAN_INIT("rechazó"),  SPAN_INIT("rechazaron"),  SPAN_INIT("prohíbe"),
    SPAN_INIT("prohíben"),    SPAN_INIT("prohibió"), SPAN_INIT("prohibieron"), SPAN_INIT("prohibido"),
    SPAN_INIT("prohibida"),   SPAN_INIT("falso"),    SPAN_INIT("falsa"),       SPAN_INIT("contra"),
    SPAN_INIT("carece"),      SPAN_INIT("carecen"),  SPAN_INIT("imposible"),
};

static const struct span amounts[] = {
    SPAN_INIT("uno"),     SPAN_INIT("medio"),   SPAN_INIT("media"),   SPAN_INIT("mitad"),      SPAN_INIT("tercio"),
    SPAN_INIT("tercios"), SPAN_INIT("cuarto"),  SPAN_INIT("cuartos"), SPAN_INIT("ambos"),      SPAN_INIT("ambas"),
    SPAN_INIT("decenas"), SPAN_INIT("docenas"), SPAN_INIT("cientos"), SPAN_INIT("centenares"), SPAN_INIT("miles"),
    SPAN_INIT("doble"),   SPAN_INIT("triple"),  SPAN_INIT("cero"),    SPAN_INIT("por ciento"),
};

static const struct span usual_in_names[] = {
    SPAN_INIT("escuela"),
    SPAN_INIT("escuelas"),
    SPAN_INIT("colegio"),
    SPAN_INIT("colegios"),
    SPAN_INIT("distrito"),
    SPAN_INIT("distritos"),
    SPAN_INIT("condado"),
    SPAN_INIT("ciudad"),
    SPAN_INIT("estado"),
    SPAN_INIT("valle"),
    SPAN_INIT("públicas"),
    SPAN_INIT("públicos"),
    SPAN_INIT("pública"),
    SPAN_INIT("público"),
    SPAN_INIT("unidos"),
    SPAN_INIT("unidas"),
    SPAN_INIT("educadores"),
    SPAN_INIT("educadoras"),
    SPAN_INIT("maestros"),
    SPAN_INIT("maestras"),
    SPAN_INIT("docentes"),
    SPAN_INIT("personal"),
    SPAN_INIT("trabajadores"),
    SPAN_INIT("trabajadoras"),
    SPAN_INIT("empleados"),
    SPAN_INIT("empleadas"),
    SPAN_INIT("educación"),
    SPAN_INIT("asociación"),
    SPAN_INIT("federación"),
    SPAN_INIT("sindicato"),
    SPAN_INIT("unión"),
    SPAN_INIT("local"),
    SPAN_INIT("de"),
    SPAN_INIT("del"),
    SPAN_INIT("la"),
    SPAN_INIT("el"),
    SPAN_INIT("los"),
    SPAN_INIT("las"),
    SPAN_INIT("y"),
    SPAN_INIT("e"),
    SPAN_INIT("en"),
    SPAN_INIT("junta"),
    SPAN_INIT("universidad"),
    SPAN_INIT("academia"),
    SPAN_INIT("hospital"),
    SPAN_INIT("salud"),
    SPAN_INIT("centro"),
    SPAN_INIT("sistema"),
    SPAN_INIT("servicios"),
    SPAN_INIT("biblioteca"),
    SPAN_INIT("museo"),
    SPAN_INIT("departamento"),
    SPAN_INIT("oficina"),
    SPAN_INIT("administración"),
    SPAN_INIT("fundación"),
    SPAN_INIT("nacional"),
    SPAN_INIT("internacional"),
};

const struct words_of words_es = {
    .relative_dates = {relative_dates, COUNT(relative_dates)},
    .ago_before = {ago_before, COUNT(ago_before)},
    .ago_between = {ago_between, COUNT(ago_between)},
    .ago_units = {ago_units, COUNT(ago_units)},
    .weekday_before = {weekday_before, COUNT(weekday_before)},
    .weekdays = {weekdays, COUNT(weekdays)},
    .months = {months, COUNT(months)},
    .link_texts = {link_texts, COUNT(link_texts)},
    .not_a_count_before = {not_a_count_before, COUNT(not_a_count_before)},
    .number_joins = {number_joins, COUNT(number_joins)},
    .clock_after = {clock_after, COUNT(clock_after)},
    .clock_before = {clock_before, COUNT(clock_before)},
    .clock_follow = {clock_follow, COUNT(clock_follow)},
    .negations = {negations, COUNT(negations)},
    .amounts = {amounts, COUNT(amounts)},
    .usual_in_names = {usual_in_names, COUNT(usual_in_names)},
    .bounds = bounds,
    .bound_count = COUNT(bounds),
    .bounds_after = bounds_after,
    .bound_after_count = COUNT(bounds_after),
    .numerals = numerals,
    .numeral_count = COUNT(numerals),
    .growths = growths,
    .growth_count = COUNT(growths),
    .vagues = vagues,
    .vague_count = COUNT(vagues),
    .dot_groups_thousands = true,
};
